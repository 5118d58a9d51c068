"""The ways on which messages leave: SMTP or files for mail, a pluggable sender for text messages."""
