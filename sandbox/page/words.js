// The page's own words (not the app's), English and Italian side by side, chosen by the acting person's locale.
import { DRAWER_WORDS } from "./drawer-words.js";

const WORDS = {
  youAre: ["You are: {name}", "Sei: {name}"],
  choosePerson: ["Who you are", "Chi sei"],
  pretend: ["pretend Slack", "finto Slack"],
  pretendLong: ["This is a pretend Slack, for trying the app", "Questo è un finto Slack, per provare l'app"],
  menu: ["Open the sidebar", "Apri la barra laterale"],
  closeMenu: ["Close the sidebar", "Chiudi la barra laterale"],
  channels: ["Channels", "Canali"],
  directMessages: ["Direct messages", "Messaggi diretti"],
  apps: ["Apps", "App"],
  home: ["Home", "Home"],
  messages: ["Messages", "Messaggi"],
  app: ["APP", "APP"],
  unread: ["{count} unread", "{count} da leggere"],
  members: ["{count} members", "{count} membri"],
  messageTo: ["Message {place}", "Invia un messaggio a {place}"],
  messagesIn: ["Messages in {place}", "Messaggi in {place}"],
  reply: ["Reply…", "Rispondi…"],
  replyInThread: ["Reply in thread", "Rispondi nel thread"],
  latest: ["Latest messages", "Ultimi messaggi"],
  thread: ["Thread", "Thread"],
  oneReply: ["1 reply", "1 risposta"],
  replies: ["{count} replies", "{count} risposte"],
  lastReply: ["Last reply {when}", "Ultima risposta {when}"],
  onlyYou: ["Only visible to you", "Visibile solo a te"],
  edited: ["(edited)", "(modificato)"],
  noMember: ["You are not a member of {place}.", "Non fai parte di {place}."],
  beginning: ["This is the very beginning of the {place} channel.", "Questo è l'inizio del canale {place}."],
  beginningDirect: [
    "This is the very beginning of your direct message history with {place}.",
    "Questo è l'inizio della tua conversazione con {place}.",
  ],
  send: ["Send now", "Invia adesso"],
  shortcuts: ["Shortcuts", "Scorciatoie"],
  noShortcuts: ["The app has no shortcuts.", "L'app non ha scorciatoie."],
  commands: ["Commands", "Comandi"],
  bold: ["Bold", "Grassetto"],
  italic: ["Italic", "Corsivo"],
  strike: ["Strikethrough", "Barrato"],
  code: ["Code", "Codice"],
  notACommand: [
    "`{command}` is not a valid command. In Slack, all messages that start with the “/” character are interpreted as " +
      "commands.\n\nIf you are trying to send a message and not run a command, try preceding the “/” with an empty space.",
    "`{command}` non è un comando valido. In Slack tutti i messaggi che iniziano con il carattere “/” vengono " +
      "interpretati come comandi.\n\nSe vuoi inviare un messaggio e non eseguire un comando, anteponi uno spazio a “/”.",
  ],
  notInThread: [
    "`{command}` is not supported in threads. Sorry!",
    "`{command}` non è supportato nei thread. Ci dispiace.",
  ],
  today: ["Today", "Oggi"],
  yesterday: ["Yesterday", "Ieri"],
  tomorrow: ["Tomorrow", "Domani"],
  dayAt: ["{day} at {time}", "{day} alle {time}"],
  close: ["Close", "Chiudi"],
  cancel: ["Cancel", "Annulla"],
  previousView: ["Previous view", "Vista precedente"],
  waiting: ["Waiting", "In attesa"],
  optional: ["(optional)", "(facoltativo)"],
  selectOption: ["Select an option", "Seleziona un'opzione"],
  selectDate: ["Select a date", "Seleziona una data"],
  selectTime: ["Select a time", "Seleziona un'ora"],
  selectMoment: ["Select a date and a time", "Seleziona data e ora"],
  richTextSigns: ["*bold*, _italic_, ~struck~, `code`", "*grassetto*, _corsivo_, ~barrato~, `codice`"],
  addFiles: ["Add files", "Aggiungi file"],
  noFiles: ["No file chosen", "Nessun file scelto"],
  remoteFile: ["File from another app", "File di un'altra app"],
  play: ["Play {name}", "Riproduci {name}"],
  rowsShown: ["{from}–{to} of {count}", "{from}–{to} di {count}"],
  previousPage: ["Previous page", "Pagina precedente"],
  nextPage: ["Next page", "Pagina successiva"],
  searchOptions: ["Search options", "Cerca tra le opzioni"],
  noResults: ["No results", "Nessun risultato"],
  loading: ["Loading…", "Caricamento…"],
  remove: ["Remove {name}", "Rimuovi {name}"],
  more: ["More actions", "Altre azioni"],
  refused: ["That did not work ({error}).", "Non ha funzionato ({error})."],
  dismiss: ["Dismiss", "Ignora"],
  leave: ["Dismiss", "Esci"],
  unsupported: ["unsupported {what}: {type}", "{what} non supportato: {type}"],
  gallery: ["Block Kit, all of it", "Block Kit, tutto"],
  galleryHint: [
    "Every block and element, drawn as in the pretend Slack. Nothing here does anything.",
    "Ogni blocco ed elemento, disegnato come nel finto Slack. Qui niente ha effetto.",
  ],
  message: ["message", "messaggio"],
  modal: ["modal", "finestra"],
  block: ["block", "blocco"],
  element: ["element", "elemento"],
  download: ["Download {name}", "Scarica {name}"],
  open: ["Open {name}", "Apri {name}"],
  noViewer: [
    "This browser shows no PDF inside a page.",
    "Questo browser non mostra i PDF dentro una pagina.",
  ],
  disconnected: ["Connecting again…", "Nuovo collegamento…"],
  ...DRAWER_WORDS,
};

const LANGUAGES = ["en", "it"];

export const languageOf = (locale) => ((locale || "").toLowerCase().startsWith("it") ? "it" : "en");

export function wordsFor(locale) {
  const column = LANGUAGES.indexOf(languageOf(locale));
  return (key, values = {}) =>
    WORDS[key][column].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
