"""IP addresses as a request has them."""

from ipaddress import ip_address


def address_or_none(text: str) -> str | None:
    """An IPv4 or IPv6 address in its usual form; an IPv4 one mapped into IPv6 as IPv4; None for anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
