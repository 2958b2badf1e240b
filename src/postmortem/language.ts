/** A guess at the language a document is written in, good enough to know how its verbs look. */

export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'it' | 'nl' | 'pl' | 'ru' | 'sv' | 'tr' | 'cjk';

/** Frequent words that the other languages of the list do not have, or seldom. */
const frequent: Readonly<Record<Exclude<Language, 'cjk' | 'ru'>, RegExp>> = {
  en: /(?<!\p{L})(?:the|and|of|to|is|for|that|with|was|by|this|from|are)(?!\p{L})/giu,
  de: /(?<!\p{L})(?:der|die|das|und|ist|nicht|mit|für|auf|ein|eine|den|von|wurde|bei|zur|zum)(?!\p{L})/giu,
  fr: /(?<!\p{L})(?:le|la|les|des|et|est|une|du|pour|dans|sur|avec|qui|été|aux|au)(?!\p{L})/giu,
  es: /(?<!\p{L})(?:el|la|los|las|de|y|que|en|una|por|con|para|del|se|fue)(?!\p{L})/giu,
  pt: /(?<!\p{L})(?:o|os|da|do|das|dos|de|que|em|uma|para|com|não|no|na|foi|ao)(?!\p{L})/giu,
  it: /(?<!\p{L})(?:il|la|lo|gli|di|che|una|per|con|del|della|è|nel|non|sono)(?!\p{L})/giu,
  nl: /(?<!\p{L})(?:de|het|een|van|en|is|niet|op|voor|met|zijn|werd|aan|door)(?!\p{L})/giu,
  pl: /(?<!\p{L})(?:i|w|z|na|nie|się|do|jest|że|przez|dla|oraz|po|od)(?!\p{L})/giu,
  sv: /(?<!\p{L})(?:och|att|är|som|för|det|på|med|ett|og|er|til|ikke|av|den)(?!\p{L})/giu,
  tr: /(?<!\p{L})(?:ve|bir|için|ile|bu|olarak|olan|sonra|daha|gibi)(?!\p{L})/giu,
};

/**
 * The language of a text, English where nothing speaks for another.
 * @param text any length; the first 20,000 characters are looked at
 */
export function languageOf(text: string): Language {
  const sample = text.slice(0, 20_000);
  const letters = (script: RegExp): number => sample.match(script)?.length ?? 0;
  const latin = letters(/[a-z]/gi);
  if (letters(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu) * 5 > latin) {
    return 'cjk';
  }
  if (letters(/\p{Script=Cyrillic}/gu) * 2 > latin) {
    return 'ru';
  }
  let best: Language = 'en';
  let most = 0;
  for (const [language, words] of Object.entries(frequent) as [Exclude<Language, 'cjk' | 'ru'>, RegExp][]) {
    const count = letters(words);
    if (count > most) {
      most = count;
      best = language;
    }
  }
  return best;
}
