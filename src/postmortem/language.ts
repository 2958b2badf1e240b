/** A guess at the language a document is written in, good enough to know how its verbs look. */
import { Phrases } from './phrases.ts';

type SpacedLanguage = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'it' | 'nl' | 'pl' | 'sv' | 'tr';
export type Language = SpacedLanguage | 'ru' | 'cjk';

/** Frequent words that the languages before it in the list do not have, or seldom. */
const frequent = new Phrases<SpacedLanguage>({
  en: 'the|and|of|to|is|for|that|with|was|by|this|from|are|it',
  de: 'der|die|das|und|ist|nicht|mit|für|auf|ein|eine|den|von|wurde|bei|zur|zum|im',
  fr: 'le|les|des|et|est|une|du|pour|dans|sur|avec|qui|été|aux|au',
  es: 'el|los|las|y|que|en|una|por|con|para|del|fue|se',
  pt: 'o|os|da|do|das|dos|em|uma|não|no|na|foi|ao|com',
  it: 'il|lo|gli|di|che|della|è|nel|non|sono|alla',
  nl: 'het|een|van|niet|op|voor|met|zijn|werd|aan|door|de',
  pl: 'i|w|z|nie|się|jest|że|przez|dla|oraz|po|od',
  sv: 'och|att|är|som|för|det|på|ett|og|er|til|ikke|av',
  tr: 've|bir|için|ile|bu|olarak|olan|sonra|daha|gibi',
});
const sampleLength = 4000;

/**
 * The language of a text, English where nothing speaks for another.
 * @param text any length; only its beginning is looked at
 */
export function languageOf(text: string): Language {
  const sample = text.slice(0, sampleLength);
  if ((sample.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g)?.length ?? 0) * 8 > sample.length) {
    return 'cjk';
  }
  if ((sample.match(/[\u0400-\u04ff]/g)?.length ?? 0) * 4 > sample.length) {
    return 'ru';
  }
  const counts = new Map<SpacedLanguage, number>();
  let best: SpacedLanguage = 'en';
  for (const word of sample.toLowerCase().split(/[^\p{L}]+/u)) {
    const language = frequent.get(word);
    if (language !== undefined) {
      const count = (counts.get(language) ?? 0) + 1;
      counts.set(language, count);
      best = count > (counts.get(best) ?? 0) ? language : best;
    }
  }
  return best;
}
