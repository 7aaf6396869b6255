"""Stand-ins for smsc.ru and sms.ru; no message leaves the machine."""
