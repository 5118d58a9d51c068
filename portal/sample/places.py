"""Towns, streets, zones and locales of the sample. Data only."""

from typing import NamedTuple


class Place(NamedTuple):
    """A country as one language sees it. ``towns`` are (town, region); ``postal_code`` has ``#`` for a digit;
    ``weight`` is its share of the sample in parts of the sum."""

    language: str
    country: str
    phone_plan: str
    weight: int
    locales: tuple[str, ...]
    zones: tuple[str, ...]
    postal_code: str
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]


class _Raw(NamedTuple):
    """A place as it is written down here: lists are texts, separated by commas or spaces; a town is ``town/region``."""

    language: str
    country: str
    phone_plan: str
    weight: int
    locales: str
    zones: str
    postal_code: str
    towns: str
    streets: str


def _parsed(raw: _Raw) -> Place:
    pairs = (entry.partition("/") for entry in raw.towns.split(", "))
    return Place(
        language=raw.language,
        country=raw.country,
        phone_plan=raw.phone_plan,
        weight=raw.weight,
        locales=tuple(raw.locales.split()),
        zones=tuple(raw.zones.split()),
        postal_code=raw.postal_code,
        towns=tuple((town, region) for town, _, region in pairs),
        streets=tuple(raw.streets.split(", ")),
    )


_RAW = (
    _Raw(
        "en",
        "GB",
        "en",
        8,
        "en-GB en cy-GB",
        "Europe/London",
        "N# #AB",
        "London/Greater London, Leeds/Yorkshire, Bath/Somerset, St Ives/Cornwall, York/Yorkshire, Cardiff/Wales",
        "# High Street, Flat #; 4 Mill Lane, # Station Road, The Old Forge; Lane #",
    ),
    _Raw(
        "en",
        "US",
        "en-US",
        10,
        "en-US en es-US",
        "America/New_York America/Chicago America/Denver America/Los_Angeles",
        "#####",
        "Portland/OR, Austin/TX, Boston/MA, Denver/CO, Springfield/IL, Truth or Consequences/NM",
        '# Main St, # Elm Avenue; Apt 3, # W 42nd St, # "Old" Mill Rd',
    ),
    _Raw(
        "de",
        "DE",
        "de",
        8,
        "de-DE de de-AT",
        "Europe/Berlin Europe/Vienna",
        "#####",
        "Berlin/Berlin, München/Bayern, Köln/Nordrhein-Westfalen, Görlitz/Sachsen, Tübingen/Baden-Württemberg",
        "Hauptstraße #, Bahnhofstr. #, An der Mühle #, Königsallee #",
    ),
    _Raw(
        "fr",
        "FR",
        "fr",
        7,
        "fr-FR fr fr-CA",
        "Europe/Paris",
        "#####",
        "Paris/Île-de-France, Besançon/Bourgogne-Franche-Comté, Nîmes/Occitanie, L'Haÿ-les-Roses/Île-de-France",
        "# rue de l'Église, # bis avenue Émile-Zola, # allée des Chênes",
    ),
    _Raw(
        "es",
        "ES",
        "es",
        7,
        "es-ES es-MX ca-ES",
        "Europe/Madrid Atlantic/Canary",
        "#####",
        "Madrid/Madrid, A Coruña/Galicia, Cádiz/Andalucía, Logroño/La Rioja, Málaga/Andalucía",
        "Calle Mayor #; 2.º B, Plaza de España #, Avda. de la Constitución #",
    ),
    _Raw(
        "pt",
        "BR",
        "pt",
        6,
        "pt-BR pt-PT",
        "America/Sao_Paulo America/Manaus",
        "#####-###",
        "São Paulo/SP, Brasília/DF, Belém/PA, Goiânia/GO, Florianópolis/SC",
        "Rua São João #, Avenida Atlântica #; ap. 12, Travessa do Açaí #",
    ),
    _Raw(
        "pl",
        "PL",
        "pl",
        6,
        "pl-PL pl",
        "Europe/Warsaw",
        "##-###",
        "Warszawa/mazowieckie, Łódź/łódzkie, Kraków/małopolskie, Gdańsk/pomorskie, Rzeszów/podkarpackie",
        "ul. Długa #, ul. Świętokrzyska #/4, al. Róż #",
    ),
    _Raw(
        "tr",
        "TR",
        "tr",
        6,
        "tr-TR tr",
        "Europe/Istanbul",
        "#####",
        "İstanbul/Marmara, Iğdır/Doğu Anadolu, Diyarbakır/Güneydoğu Anadolu, İzmir/Ege, Kırıkkale/İç Anadolu",
        "Atatürk Cad. No: #, Işıklar Sok. #, İnönü Bulvarı #",
    ),
    _Raw(
        "vi",
        "VN",
        "vi",
        5,
        "vi-VN vi",
        "Asia/Ho_Chi_Minh",
        "#####",
        "Hà Nội/Hà Nội, Đà Nẵng/Đà Nẵng, Huế/Thừa Thiên Huế, Cần Thơ/Cần Thơ",
        "# Trần Hưng Đạo, # phố Huế, # Nguyễn Huệ",
    ),
    _Raw(
        "yo",
        "NG",
        "yo",
        4,
        "yo-NG en-NG",
        "Africa/Lagos",
        "######",
        "Ìbàdàn/Ọ̀yọ́, Abẹ́òkúta/Ògùn, Ilé-Ifẹ̀/Ọ̀ṣun, Lagos/Lagos",
        "# Awolowo Road, # Ọbáfẹ́mi Street, # Bode Thomas Street",
    ),
    _Raw(
        "el",
        "GR",
        "el",
        4,
        "el-GR el",
        "Europe/Athens",
        "### ##",
        "Αθήνα/Αττική, Θεσσαλονίκη/Κεντρική Μακεδονία, Ηράκλειο/Κρήτη, Χανιά/Κρήτη",
        "Οδός Ερμού #, Λεωφόρος Κηφισίας #, Παπανικολή #",
    ),
    _Raw(
        "ru",
        "RU",
        "ru",
        4,
        "ru-RU ru",
        "Europe/Moscow Asia/Yekaterinburg Asia/Vladivostok",
        "######",
        "Москва/Москва, Казань/Татарстан, Орёл/Орловская область, Йошкар-Ола/Марий Эл",
        "ул. Ленина; д. #, Невский пр.; #, ул. Щорса; д. #",
    ),
    _Raw(
        "ar",
        "EG",
        "ar",
        5,
        "ar-EG ar",
        "Africa/Cairo",
        "#####",
        "القاهرة/القاهرة, الإسكندرية/الإسكندرية, أسوان/أسوان, طنطا/الغربية",
        "# شارع النيل, # شارع التحرير, # ميدان السلام",
    ),
    _Raw(
        "he",
        "IL",
        "he",
        3,
        "he-IL he",
        "Asia/Jerusalem",
        "#######",
        "תל אביב/תל אביב, חיפה/חיפה, באר שבע/הדרום, ירושלים/ירושלים",
        "רחוב הרצל #, שדרות ירושלים #, רחוב ז'בוטינסקי #",
    ),
    _Raw(
        "hi",
        "IN",
        "hi",
        6,
        "hi-IN en-IN",
        "Asia/Kolkata",
        "######",
        "दिल्ली/दिल्ली, जयपुर/राजस्थान, वाराणसी/उत्तर प्रदेश, भोपाल/मध्य प्रदेश",
        "# महात्मा गांधी मार्ग, # स्टेशन रोड, # नेहरू नगर",
    ),
    _Raw(
        "bn",
        "BD",
        "bn",
        3,
        "bn-BD bn",
        "Asia/Dhaka",
        "####",
        "ঢাকা/ঢাকা, চট্টগ্রাম/চট্টগ্রাম, সিলেট/সিলেট, খুলনা/খুলনা",
        "# স্টেশন রোড, # নজরুল সড়ক, # ধানমন্ডি",
    ),
    _Raw(
        "th",
        "TH",
        "th",
        3,
        "th-TH th",
        "Asia/Bangkok",
        "#####",
        "กรุงเทพฯ/กรุงเทพมหานคร, เชียงใหม่/เชียงใหม่, ภูเก็ต/ภูเก็ต, ขอนแก่น/ขอนแก่น",
        "# ถนนสุขุมวิท, # ถนนสีลม, # ซอยอารีย์",
    ),
    _Raw(
        "ka",
        "GE",
        "ka",
        2,
        "ka-GE ka",
        "Asia/Tbilisi",
        "####",
        "თბილისი/თბილისი, ქუთაისი/იმერეთი, ბათუმი/აჭარა",
        "რუსთაველის გამზირი #, ჭავჭავაძის ქუჩა #",
    ),
    _Raw(
        "zh",
        "CN",
        "zh",
        5,
        "zh-Hans-CN zh-CN zh-Hant-TW",
        "Asia/Shanghai Asia/Taipei",
        "######",
        "北京/北京, 上海/上海, 成都/四川, 广州/广东, 西安/陕西",
        "中山路#号, 人民大街#号, 解放路#弄",
    ),
    _Raw(
        "ja",
        "JP",
        "ja",
        4,
        "ja-JP ja",
        "Asia/Tokyo",
        "###-####",
        "東京/東京都, 京都/京都府, 札幌/北海道, 那覇/沖縄県",
        "中央#丁目, 本町#番地, さくら通り#",
    ),
    _Raw(
        "ko",
        "KR",
        "ko",
        4,
        "ko-KR ko",
        "Asia/Seoul",
        "#####",
        "서울/서울특별시, 부산/부산광역시, 전주/전라북도, 제주/제주도",
        "세종대로 #, 한강로 #, 중앙로 #",
    ),
)

PLACES: tuple[Place, ...] = tuple(_parsed(raw) for raw in _RAW)
