"""Names that no user may take: they pass for the service itself, for its staff, or for a path of its own pages."""

_STAFF = """
abuse admin administrator administrators helpdesk hostmaster management moderator operator owner postmaster root
security staff superuser support sysadmin system team webmaster
"""

_SERVICE = """
account accounts api app auth billing cdn client contact dashboard developer developers directory docs graphql help
identity info invite invitation login logout mail metrics mobile news oauth oauth2 oidc openid password portal privacy
profile public register saml scim search service session sessions settings setup shop signin signout signup sso static
status store tenant terms token tokens upload user users verify web webhook www
"""

_MACHINES = """
autoconfig autodiscover broadcasthost daemon dns ftp host http https imap localdomain localhost mailer-daemon mx
no-reply noreply ns ns1 ns2 pop pop3 smtp ssh ssl tls wpad
"""

_WORDS = """
all anonymous any anyone everybody everyone false guest here me member members my myself nil nobody none null public
self somebody someone test true undefined unknown you yourself
"""

_PATHS = """
.htaccess .htpasswd .well-known favicon.ico healthz humans.txt index.html readyz robots.txt security.txt sitemap.xml
"""

RESERVED_USERNAMES: frozenset[str] = frozenset((_STAFF + _SERVICE + _MACHINES + _WORDS + _PATHS).split())
