"""Slack's own sentences, in the language of whoever reads them."""

from sandbox.people import User

REQUIRED = "Please complete this required field."
TROUBLE = "We had some trouble connecting. Try again?"
TIMED_OUT = "Operation timed out. Apps need to respond within 3 seconds."
NO_ANSWER = "{app} did not respond: {error}."
COMMAND_FAILED = '{command} failed with the error "{error}"'
TOO_SHORT = "Please enter at least {count} characters."
TOO_LONG = "Please enter at most {count} characters."
NO_EMAIL = "Please enter a valid email address."
NO_URL = "Please enter a valid URL."
NO_NUMBER = "Please enter a valid number."
NOT_WHOLE = "Please enter a whole number."
TOO_LITTLE = "Please enter a number of at least {least}."
TOO_MUCH = "Please enter a number of at most {most}."

_ITALIAN = {
    REQUIRED: "Compila questo campo obbligatorio.",
    TROUBLE: "Abbiamo avuto un problema di connessione. Vuoi riprovare?",
    TIMED_OUT: "Tempo scaduto. Le app devono rispondere entro 3 secondi.",
    NO_ANSWER: "{app} non ha risposto: {error}.",
    COMMAND_FAILED: '{command} non è riuscito, errore "{error}"',
    TOO_SHORT: "Inserisci almeno {count} caratteri.",
    TOO_LONG: "Inserisci al massimo {count} caratteri.",
    NO_EMAIL: "Inserisci un indirizzo email valido.",
    NO_URL: "Inserisci un URL valido.",
    NO_NUMBER: "Inserisci un numero valido.",
    NOT_WHOLE: "Inserisci un numero intero.",
    TOO_LITTLE: "Inserisci un numero non inferiore a {least}.",
    TOO_MUCH: "Inserisci un numero non superiore a {most}.",
}


def told_to(user: User, sentence: str, **values: object) -> str:
    """One of the sentences above as this person reads it."""
    spoken = _ITALIAN[sentence] if user.locale.lower().startswith("it") else sentence
    return spoken.format(**values)
