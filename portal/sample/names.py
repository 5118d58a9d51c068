"""Ordinary given and family names in twenty languages and twelve scripts. Data only; ``cultures`` reads it.

Per language: women's names, men's names, family names, each a text of names separated by commas.
A name in another script than Latin is followed by ``=`` and its romanised form, from which addresses are made.
Any combination of two of them is invented; none is meant to be a certain person.
"""

from typing import NamedTuple


class RawNames(NamedTuple):
    """The names of one language, each a text separated by commas."""

    women: str
    men: str
    families: str


NAMES: dict[str, RawNames] = {
    "en": RawNames(
        "Alice, Emma, Olivia, Grace, Hannah, Lucy, Charlotte, Megan, Ruby, Ella, Zoë, Chloé, Mary-Ann",
        "Jack, Harry, Oliver, George, Thomas, William, James, Noah, Samuel, Daniel, Toby, Patrick, Seán",
        "Smith, Taylor, Brown, Wilson, Evans, Walker, Wright, Hughes, Green, Hall, Wood, Clarke, Turner, Hill, "
        "Cooper, Ward, Morris, Baker, Carter, Parker, Bennett, O'Brien, O'Connor, D'Arcy, Lloyd-Jones, "
        "Fitzgerald, McKenzie",
    ),
    "de": RawNames(
        "Anna, Lena, Sophie, Käthe, Jürgena, Marlene, Heike, Ulrike, Grete, Frieda, Annelie, Röschen, Birgit",
        "Jürgen, Björn, Günther, Lukas, Felix, Jörg, Matthias, Stefan, Uwe, Karl-Heinz, Jens, Götz, Torsten",
        "Müller, Schmidt, Schneider, Fischer, Weber, Wagner, Bäcker, Schäfer, Groß, Weiß, Köhler, König, Krämer, "
        "Jäger, Vogel, Böhm, Lüdtke, Strauß, Möller, Schröder, Zimmermann, Hofmann, Krause, Lehmann, "
        "von der Heide, Voß",
    ),
    "fr": RawNames(
        "Chloé, Léa, Zoé, Hélène, Océane, Anaïs, Maëlle, Élodie, Agnès, Inès, Françoise, Noémie, Solène",
        "François, Théo, Jérôme, Loïc, Gaël, Étienne, André, Rémi, Benoît, Jean-François, Raphaël, Cédric, Aurèle",
        "Lefèvre, Dubois, Moreau, Lemaître, Béranger, Gérard, Hébert, Boulé, Châtelain, Crépin, Désiré, "
        "Fournier, Garçon, L'Hôte, Légaré, Marchand, Noël, Périer, Rivière, Séguin, Thévenet, Vallée, Côté, "
        "Benoît, d'Aubigné, Forêt",
    ),
    "es": RawNames(
        "María, Lucía, Sofía, Begoña, Inés, Mónica, Ángela, Belén, Rocío, Concepción, Nuria, Íñiga, Pilar",
        "José, Jesús, Andrés, Ángel, Íñigo, Raúl, Óscar, Tomás, Martín, Iván, Sebastián, Adrián, Nicolás",
        "García, Fernández, López, Martínez, Sánchez, Pérez, Gómez, Núñez, Muñoz, Ibáñez, Ordóñez, Peña, Cañas, "
        "Rodríguez, Hernández, Díaz, Vázquez, Suárez, Giménez, Gutiérrez, Álvarez, Domínguez, Marín, Castaño, "
        "Yáñez, Bolaños",
    ),
    "pt": RawNames(
        "Conceição, Assunção, Beatriz, Inês, Mônica, Letícia, Júlia, Cecília, Luísa, Débora, Sílvia, Antônia, Lúcia",
        "João, Sebastião, Antônio, Luís, Caetano, Gonçalo, Estêvão, Simão, Joaquim, Vítor, Otávio, Fábio, Márcio",
        "Araújo, Gonçalves, Conceição, Magalhães, Simões, Guimarães, Brandão, Galvão, Leitão, Falcão, Sá, "
        "Antunes, Côrtes, Moraes, Assunção, Pestana, Queirós, Vilhena, Tavares, Nóbrega, Mourão, Paixão, "
        "Rosário, Serrão, Lobão, dos Santos",
    ),
    "pl": RawNames(
        "Małgorzata, Łucja, Grażyna, Elżbieta, Bożena, Zofia, Jadwiga, Wiesława, Halina, Kinga, Żaneta, Róża, "
        "Mirosława",
        "Paweł, Łukasz, Michał, Stanisław, Mirosław, Józef, Grzegorz, Wojciech, Błażej, Zdzisław, Rafał, "
        "Bartłomiej, Jerzy",
        "Kowalski, Wiśniewski, Dąbrowski, Zieliński, Wójcik, Kozłowski, Jankowski, Woźniak, Krawczyk, Zając, "
        "Król, Wróbel, Pawłowski, Głowacki, Sikora, Ostrowski, Duda, Jabłoński, Mróz, Sobczak, Górski, Gołąb, "
        "Żak, Ściga, Źródło, Brzęczyszczykiewicz",
    ),
    "tr": RawNames(
        "Işıl, Ayşe, İpek, Çiğdem, Gülşen, Şirin, Yıldız, Elif, Aslı, Irmak, İlknur, Özge, Nazlı",
        "Işık, İsmail, Çağrı, Oğuz, Şükrü, Barış, Yiğit, Ömer, Ilgaz, İlhan, Doğan, Tuğrul, Ümit",
        "Yılmaz, Kaya, Çelik, Şahin, Yıldırım, Öztürk, Aydın, Arslan, Kılıç, Çetin, Kırımlı, Işıklı, İnce, "
        "Ilıcalı, Doğru, Güneş, Şimşek, Taş, Uçar, Ateş, Sarı, Balcı, Ağaoğlu, Çınar, Kurtuluş, Ünlü",
    ),
    "vi": RawNames(
        "Thị Mai, Thu Hà, Ngọc Ánh, Thúy, Hồng Nhung, Phương, Lệ Quyên, Diễm, Tuyết, Bích Vân, Yến, Mỹ Duyên, Thảo",
        "Văn Đức, Minh Tuấn, Quốc Bảo, Hữu Phước, Đình Khôi, Trọng Nghĩa, Hiếu, Dũng, Việt Anh, Thế Vũ, Lộc, "
        "Huỳnh, Đạt",
        "Nguyễn, Trần, Lê, Phạm, Huỳnh, Hoàng, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý, Đoàn, Trịnh, "
        "Đinh, Lâm, Mạc, Tạ, Thái, Quách, Triệu, Kiều",
    ),
    "yo": RawNames(
        "Adétóún, Bọ́lánlé, Fúnmiláyọ̀, Ọmọ́táyọ̀, Títílayọ̀, Yétúndé, Adésọ̀lá, Fọlákẹ́, Ìyábọ̀, Morẹ́nikẹ́, "
        "Ṣadé, Kẹ́hìndé, Àbẹ̀kẹ́",
        "Adébáyọ̀, Olúwáṣeun, Táíwò, Babátúndé, Fẹ́mi, Ṣẹ́gun, Kọ́ládé, Olúmìdé, Gbénga, Wálé, Ayọ̀délé, Túnjí, Dàpọ̀",
        "Adéyẹmí, Ọláyínká, Akínwándé, Ògúnbíyìí, Balógun, Fáṣọlá, Ọ̀ṣúnkẹ́yẹ, Adélékè, Ọlátúnjí, Awólékè, "
        "Bánkọ́lé, Ẹgbẹ́dá, Ìdòwú, Jógúnọṣìn, Kúforíjì, Ládípọ̀, Odùnsì, Ọ̀pẹ́yẹmí, Ṣówándé, Ṣónúbi, Adébọ̀wálé, "
        "Olówólágbà, Akíntọ́lá, Ayọ̀ọlá, Fálànà, Ọdẹ́wálé",
    ),
    "el": RawNames(
        "Μαρία=Maria, Ελένη=Eleni, Αικατερίνη=Aikaterini, Βασιλική=Vasiliki, Σοφία=Sofia, Αγγελική=Angeliki, "
        "Γεωργία=Georgia, Δήμητρα=Dimitra, Ειρήνη=Irini, Ζωή=Zoi, Θάλεια=Thalia, Κυριακή=Kyriaki, "
        "Ξανθίππη=Xanthippi",
        "Γιώργος=Giorgos, Δημήτρης=Dimitris, Κώστας=Kostas, Γιάννης=Giannis, Νίκος=Nikos, Χρήστος=Christos, "
        "Βασίλης=Vasilis, Σπύρος=Spyros, Θανάσης=Thanasis, Μιχάλης=Michalis, Στέλιος=Stelios, Ηλίας=Ilias, "
        "Λουκάς=Loukas",
        "Παπαδάκης=Papadakis, Ιωαννίδης=Ioannidis, Γεωργιάδης=Georgiadis, Νικολαΐδης=Nikolaidis, "
        "Δασκαλάκης=Daskalakis, Καραγιάννης=Karagiannis, Μακρής=Makris, Σαμαράς=Samaras, Λαμπράκης=Lambrakis, "
        "Ραπτής=Raptis, Κοντογιάννης=Kontogiannis, Στεφανίδης=Stefanidis, Ξενάκης=Xenakis, Ψαράς=Psaras, "
        "Μυλωνάς=Mylonas, Χατζηδάκης=Chatzidakis, Φωτιάδης=Fotiadis, Τσακίρης=Tsakiris, Κεραμιδάς=Keramidas, "
        "Βαρδάκης=Vardakis, Ζωγραφάκης=Zografakis, Αλεξιάδης=Alexiadis, Θεοδωρίδης=Theodoridis, "
        "Παυλίδης=Pavlidis, Σταμάτης=Stamatis, Γαλάνης=Galanis",
    ),
    "ru": RawNames(
        "Анна=Anna, Мария=Maria, Елена=Elena, Ольга=Olga, Наталья=Natalya, Татьяна=Tatyana, Ирина=Irina, "
        "Юлия=Yulia, Ксения=Ksenia, Дарья=Darya, Алёна=Alyona, Людмила=Lyudmila, Евгения=Evgenia",
        "Иван=Ivan, Дмитрий=Dmitriy, Сергей=Sergey, Алексей=Aleksey, Андрей=Andrey, Михаил=Mikhail, "
        "Фёдор=Fyodor, Николай=Nikolay, Пётр=Pyotr, Юрий=Yuriy, Тимофей=Timofey, Глеб=Gleb, Артём=Artyom",
        "Иванов=Ivanov, Смирнов=Smirnov, Кузнецов=Kuznetsov, Попов=Popov, Соколов=Sokolov, Лебедев=Lebedev, "
        "Новиков=Novikov, Морозов=Morozov, Волков=Volkov, Зайцев=Zaytsev, Соловьёв=Solovyov, Васильев=Vasilyev, "
        "Голубев=Golubev, Виноградов=Vinogradov, Воробьёв=Vorobyov, Фёдоров=Fyodorov, Журавлёв=Zhuravlyov, "
        "Щербаков=Shcherbakov, Ершов=Yershov, Крылов=Krylov, Ильин=Ilyin, Гусев=Gusev, Титов=Titov, "
        "Кудрявцев=Kudryavtsev, Баранов=Baranov, Воронин=Voronin",
    ),
    "ar": RawNames(
        "فاطمة=Fatima, مريم=Maryam, عائشة=Aisha, زينب=Zaynab, ليلى=Layla, سلمى=Salma, نور=Nour, هدى=Huda, "
        "رانيا=Rania, سارة=Sara, ياسمين=Yasmin, أمينة=Amina, خديجة=Khadija",
        "محمد=Muhammad, أحمد=Ahmad, علي=Ali, عمر=Omar, يوسف=Yusuf, خالد=Khalid, إبراهيم=Ibrahim, حسن=Hassan, "
        "طارق=Tariq, سامي=Sami, زياد=Ziad, رامي=Rami, مُصطفى=Mustafa",
        "الحداد=Alhaddad, النجار=Alnajjar, الخياط=Alkhayyat, السعيد=Alsaeed, المصري=Almasri, الشامي=Alshami, "
        "الحسيني=Alhusayni, العلي=Alali, القاسم=Alqasim, الصباغ=Alsabbagh, بركات=Barakat, جابر=Jaber, "
        "درويش=Darwish, راشد=Rashid, زكريا=Zakariya, سلامة=Salama, شاهين=Shahin, صالح=Salih, عبّاس=Abbas, "
        "غانم=Ghanim, فارس=Faris, قنديل=Qandil, منصور=Mansour, ناصر=Nasir, هاشم=Hashim, يعقوب=Yaqub",
    ),
    "he": RawNames(
        "נועה=Noa, תמר=Tamar, מיכל=Michal, רחל=Rachel, שרה=Sara, יעל=Yael, אביגיל=Avigail, דנה=Dana, הדס=Hadas, "
        "שירה=Shira, רות=Ruth, לאה=Lea, אסתר=Esther",
        "דוד=David, יוסף=Yosef, אברהם=Avraham, משה=Moshe, יעקב=Yaakov, דניאל=Daniel, אורי=Uri, איתן=Eitan, "
        "גיל=Gil, נדב=Nadav, עומר=Omer, רון=Ron, שמעון=Shimon",
        "כהן=Cohen, לוי=Levi, מזרחי=Mizrachi, פרץ=Peretz, ביטון=Biton, אברהמי=Avrahami, פרידמן=Friedman, "
        "שפירא=Shapira, אזולאי=Azoulay, דהן=Dahan, גבאי=Gabay, חדד=Hadad, קליין=Klein, אוחנה=Ohana, סגל=Segal, "
        "רוזן=Rosen, בן־דוד=Bendavid, ברק=Barak, גולן=Golan, זהבי=Zahavi, טל=Tal, ירדני=Yardeni, נחמני=Nachmani, "
        "עמר=Amar, צור=Tzur, שגב=Segev",
    ),
    "hi": RawNames(
        "प्रिया=Priya, अनीता=Anita, सुनीता=Sunita, कविता=Kavita, मीरा=Meera, नेहा=Neha, पूजा=Pooja, रेखा=Rekha, "
        "शांति=Shanti, लक्ष्मी=Lakshmi, गीता=Geeta, दीपिका=Deepika, श्रद्धा=Shraddha",
        "राहुल=Rahul, अमित=Amit, विजय=Vijay, संजय=Sanjay, अर्जुन=Arjun, कृष्ण=Krishna, मोहन=Mohan, रवि=Ravi, "
        "सुरेश=Suresh, दिनेश=Dinesh, आदित्य=Aditya, हर्ष=Harsh, प्रकाश=Prakash",
        "शर्मा=Sharma, वर्मा=Verma, गुप्ता=Gupta, सिंह=Singh, कुमार=Kumar, मिश्रा=Mishra, पाण्डेय=Pandey, "
        "तिवारी=Tiwari, यादव=Yadav, चौहान=Chauhan, जोशी=Joshi, त्रिपाठी=Tripathi, श्रीवास्तव=Srivastava, "
        "अग्रवाल=Agarwal, मेहता=Mehta, कपूर=Kapoor, मल्होत्रा=Malhotra, चतुर्वेदी=Chaturvedi, दुबे=Dubey, "
        "सक्सेना=Saxena, ठाकुर=Thakur, राठौड़=Rathore, भट्ट=Bhatt, नायर=Nair, पटेल=Patel, देसाई=Desai",
    ),
    "bn": RawNames(
        "মিতা=Mita, শিলা=Shila, রিনা=Rina, নাসরিন=Nasrin, ফারজানা=Farzana, সুমাইয়া=Sumaiya, তানিয়া=Tania, "
        "পূর্ণিমা=Purnima, অনন্যা=Ananya, জয়া=Joya, মৌসুমী=Mousumi, রোকেয়া=Rokeya, সাবিনা=Sabina",
        "রহিম=Rahim, করিম=Karim, সোহেল=Sohel, তানভীর=Tanvir, অনির্বাণ=Anirban, সৌরভ=Sourav, রাজীব=Rajib, "
        "শাহীন=Shahin, আরিফ=Arif, দীপক=Dipak, প্রবীর=Prabir, হাসান=Hasan, জামাল=Jamal",
        "দাস=Das, রায়=Roy, ঘোষ=Ghosh, বসু=Basu, সেন=Sen, পাল=Pal, চৌধুরী=Chowdhury, হোসেন=Hossain, ইসলাম=Islam, "
        "আহমেদ=Ahmed, খান=Khan, মিয়া=Mia, সরকার=Sarkar, মণ্ডল=Mondal, বিশ্বাস=Biswas, মজুমদার=Majumdar, "
        "ভট্টাচার্য=Bhattacharya, চক্রবর্তী=Chakraborty, মুখার্জী=Mukherjee, সাহা=Saha, দত্ত=Dutta, নাথ=Nath, "
        "শেখ=Sheikh, তালুকদার=Talukdar, হালদার=Haldar, গুহ=Guha",
    ),
    "th": RawNames(
        "สมหญิง=Somying, มาลี=Malee, นภา=Napha, ดวงใจ=Duangjai, สุดา=Suda, วิภา=Wipha, กมลชนก=Kamonchanok, "
        "พิมพ์=Phim, รัตนา=Rattana, อรุณี=Arunee, จันทร์=Chan, ปราณี=Pranee, น้ำฝน=Namfon",
        "สมชาย=Somchai, สมศักดิ์=Somsak, วิชัย=Wichai, ประเสริฐ=Prasert, ธนา=Thana, กิตติ=Kitti, อนุชา=Anucha, "
        "ชัยวัฒน์=Chaiwat, ณัฐพล=Nattapon, สุรชัย=Surachai, พงษ์=Phong, เอกชัย=Ekkachai, ศักดา=Sakda",
        "ใจดี=Jaidee, สุขใจ=Sukjai, ทองดี=Thongdee, แก้วใส=Kaewsai, ศรีสุข=Srisuk, บุญมา=Bunma, "
        "วงศ์ไทย=Wongthai, รักไทย=Rakthai, มั่นคง=Mankhong, พูนสุข=Phunsuk, เจริญพร=Charoenphon, "
        "สายทอง=Saithong, คำแก้ว=Khamkaew, ดอกไม้=Dokmai, นาคทอง=Nakthong, ปานแก้ว=Pankaew, ผลดี=Pholdee, "
        "ภูเขา=Phukhao, ยิ้มแย้ม=Yimyaem, ร่มเย็น=Romyen, ลำดวน=Lamduan, สมบูรณ์=Sombun, หอมหวล=Homhuan, "
        "อินทร์แก้ว=Inkaew, อ่อนศรี=Onsri, ไชยศรี=Chaisri",
    ),
    "ka": RawNames(
        "ნინო=Nino, თამარ=Tamar, მარიამ=Mariam, ანა=Ana, ელენე=Elene, ქეთევან=Ketevan, ნათია=Natia, ეკა=Eka, "
        "მაია=Maia, ლელა=Lela, სოფო=Sopo, თეონა=Teona, ხატია=Khatia",
        "გიორგი=Giorgi, დავით=Davit, ლუკა=Luka, ნიკა=Nika, ირაკლი=Irakli, ლევან=Levan, ზურაბ=Zurab, "
        "თორნიკე=Tornike, ვახტანგ=Vakhtang, სანდრო=Sandro, ბექა=Beka, შოთა=Shota, მერაბ=Merab",
        "ბერიძე=Beridze, კაპანაძე=Kapanadze, გელაშვილი=Gelashvili, მაისურაძე=Maisuradze, ლომიძე=Lomidze, "
        "წიკლაური=Tsiklauri, ბოლქვაძე=Bolkvadze, ნოზაძე=Nozadze, ხუციშვილი=Khutsishvili, აბაშიძე=Abashidze, "
        "დვალი=Dvali, ჭავჭავაძე=Chavchavadze, მელაძე=Meladze, თოდუა=Todua, ჯანელიძე=Janelidze, "
        "კვარაცხელია=Kvaratskhelia, გოგოლაძე=Gogoladze, ფერაძე=Peradze, ქობალია=Kobalia, "
        "ღვინიაშვილი=Ghviniashvili, შენგელია=Shengelia, ჩხეიძე=Chkheidze, ძიძიგური=Dzidziguri, "
        "ცერცვაძე=Tsertsvadze, ხარაძე=Kharadze, ჯიქია=Jikia",
    ),
    "zh": RawNames(
        "芳=Fang, 娜=Na, 秀英=Xiuying, 敏=Min, 静=Jing, 丽=Li, 婷婷=Tingting, 雪=Xue, 雅琴=Yaqin, 欣怡=Xinyi, "
        "玉兰=Yulan, 梅=Mei, 诗涵=Shihan",
        "伟=Wei, 强=Qiang, 磊=Lei, 军=Jun, 洋=Yang, 勇=Yong, 杰=Jie, 涛=Tao, 明=Ming, 浩然=Haoran, 建国=Jianguo, "
        "子轩=Zixuan, 鹏=Peng",
        "王=Wang, 李=Li, 张=Zhang, 刘=Liu, 陈=Chen, 杨=Yang, 黄=Huang, 赵=Zhao, 吴=Wu, 周=Zhou, 徐=Xu, 孙=Sun, "
        "马=Ma, 朱=Zhu, 胡=Hu, 郭=Guo, 何=He, 高=Gao, 林=Lin, 罗=Luo, 郑=Zheng, 梁=Liang, 谢=Xie, 宋=Song, "
        "欧阳=Ouyang, 司马=Sima, 𠮷=Ji",
    ),
    "ja": RawNames(
        "花子=Hanako, さくら=Sakura, 陽菜=Hina, 美咲=Misaki, ゆい=Yui, 恵子=Keiko, 由美子=Yumiko, 葵=Aoi, "
        "ひかり=Hikari, 千尋=Chihiro, あかり=Akari, 真由美=Mayumi, エリカ=Erika",
        "太郎=Taro, 健太=Kenta, 翔=Sho, 大輔=Daisuke, 一郎=Ichiro, 蓮=Ren, 拓海=Takumi, 直樹=Naoki, 隆=Takashi, "
        "ひろし=Hiroshi, 悠斗=Yuto, ケン=Ken, 誠=Makoto",
        "佐藤=Sato, 鈴木=Suzuki, 高橋=Takahashi, 田中=Tanaka, 伊藤=Ito, 渡辺=Watanabe, 山本=Yamamoto, "
        "中村=Nakamura, 小林=Kobayashi, 加藤=Kato, 吉田=Yoshida, 山田=Yamada, 佐々木=Sasaki, 山口=Yamaguchi, "
        "松本=Matsumoto, 井上=Inoue, 木村=Kimura, 林=Hayashi, 斎藤=Saito, 清水=Shimizu, 山崎=Yamazaki, "
        "池田=Ikeda, 橋本=Hashimoto, 阿部=Abe, 石川=Ishikawa, 五十嵐=Igarashi",
    ),
    "ko": RawNames(
        "지우=Jiwoo, 서연=Seoyeon, 민서=Minseo, 하은=Haeun, 수빈=Subin, 지민=Jimin, 영희=Younghee, 은주=Eunju, "
        "미경=Mikyung, 예린=Yerin, 소영=Soyoung, 현정=Hyunjung, 다은=Daeun",
        "민준=Minjun, 서준=Seojun, 도윤=Doyun, 지훈=Jihoon, 현우=Hyunwoo, 준호=Junho, 성민=Sungmin, "
        "철수=Chulsoo, 영호=Youngho, 동현=Donghyun, 태양=Taeyang, 재원=Jaewon, 승우=Seungwoo",
        "김=Kim, 이=Lee, 박=Park, 최=Choi, 정=Jung, 강=Kang, 조=Cho, 윤=Yoon, 장=Jang, 임=Lim, 한=Han, 오=Oh, "
        "서=Seo, 신=Shin, 권=Kwon, 황=Hwang, 안=Ahn, 송=Song, 류=Ryu, 전=Jeon, 홍=Hong, 고=Ko, 문=Moon, 양=Yang, "
        "손=Son, 남궁=Namgung",
    ),
}
