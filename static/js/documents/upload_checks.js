// Which files can be uploaded, decided before anything is sent.
import { megabytes, say, words } from "./upload_item.js";

const suffixes = new Set(words.suffixes.split(" "));
const limit = Number(words.limit);
const parsedUpTo = Number(words.parsedUpTo);
const JUNK = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);
// Whitespace, control characters and characters without width.
const INVISIBLE = /^[\s\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]$/;

/** The name without whitespace and invisible characters at its end. */
function withoutBlankEnd(name) {
  const characters = [...name];
  while (characters.length && INVISIBLE.test(characters.at(-1))) characters.pop();
  return characters.join("");
}

/** Whether the file was created by an operating system and is never uploaded. */
export const isJunk = (file) => JUNK.has(file.name);

/** Whether the file can be uploaded but is too large to be parsed. */
export const isTooLargeToParse = (file) => file.size > parsedUpTo;

/** The message why the file can't be uploaded; "" if it can. */
export function refusal(file) {
  if (new TextEncoder().encode(file.name).length > Number(words.nameBytes)) return words.wordLong;
  const name = withoutBlankEnd(file.name);
  const dot = name.lastIndexOf(".");
  const suffix = dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
  if (!suffix) return words.wordNoType;
  if (!suffixes.has(suffix)) return say(words.wordType, suffix);
  if (name !== file.name) return say(words.wordBlankEnd, suffix);
  if (!file.size) return words.wordEmpty;
  if (file.size > limit) return words.wordTooLarge.replace("%a", megabytes(file.size)).replace("%b", megabytes(limit));
  return "";
}
