// The common :names: of emoji; any other name stays as it was typed.
const TABLE = `
smile 😄|smiley 😃|grin 😁|slightly_smiling_face 🙂|wink 😉|blush 😊|thinking_face 🤔|cry 😢|sweat_smile 😅|joy 😂
heart ❤️|tada 🎉|sparkles ✨|star ⭐|fire 🔥|rocket 🚀|zap ⚡|wave 👋|clap 👏|pray 🙏|muscle 💪|eyes 👀|eye 👁️
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|point_right 👉|raised_hands 🙌|handshake 🤝
white_check_mark ✅|heavy_check_mark ✔️|x ❌|warning ⚠️|no_entry ⛔|no_entry_sign 🚫|rotating_light 🚨|exclamation ❗
question ❓|bulb 💡|information_source ℹ️|bell 🔔|no_bell 🔕|lock 🔒|unlock 🔓|key 🔑|mag 🔍|link 🔗|pushpin 📌
credit_card 💳|receipt 🧾|moneybag 💰|money_with_wings 💸|euro 💶|dollar 💵|bank 🏦|chart_with_upwards_trend 📈
chart_with_downwards_trend 📉|bar_chart 📊|page_facing_up 📄|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|file_folder 📁
paperclip 📎|email ✉️|envelope ✉️|incoming_envelope 📨|mailbox 📫|inbox_tray 📥|outbox_tray 📤|speech_balloon 💬|phone ☎️
calendar 📆|date 📅|spiral_calendar_pad 🗓️|clock1 🕐|hourglass ⌛|hourglass_flowing_sand ⏳|alarm_clock ⏰|stopwatch ⏱️
package 📦|gift 🎁|shopping_trolley 🛒|house 🏠|office 🏢|department_store 🏬|gear ⚙️|wrench 🔧|hammer_and_wrench 🛠️
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️
heavy_plus_sign ➕|heavy_minus_sign ➖|red_circle 🔴|large_blue_circle 🔵|large_green_circle 🟢|large_yellow_circle 🟡
white_circle ⚪|black_circle ⚫|double_vertical_bar ⏸️|arrow_forward ▶️|bust_in_silhouette 👤|busts_in_silhouette 👥
ballot_box_with_check ☑️|scissors ✂️|wastebasket 🗑️|globe_with_meridians 🌐|it 🇮🇹|gb 🇬🇧|us 🇺🇸|lifebuoy 🛟|shield 🛡️
`;

const EMOJI = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.split(" ")),
);

export const emojiOf = (name) => EMOJI.get(name);

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI.get(name) ?? whole);
}
