import { build } from 'esbuild';
await build({ stdin:{contents:`
import { site } from './src/actions/site.ts'; import { readSettings } from './src/settings/settings.ts'; import { Log, Redactor } from './src/log.ts'; import { pipelineOf } from './src/kit/links.ts';
const r = new Redactor(); const settings = readSettings(process.env, r);
site({settings, pipeline: pipelineOf(process.env, process.cwd()), root: process.cwd(), log: new Log({redactor:r}), today: process.env.TODAY ?? new Date().toISOString().slice(0,10)}).then(c=>process.exitCode=c);
`, resolveDir:'/work/main', loader:'ts'}, bundle:true, platform:'node', target:'node20', format:'cjs', outfile:'/tmp/site.cjs', loader:{'.md':'text','.yml':'text','.css':'text','.svg':'text','.client.js':'text'}, define:{__VERSION__:'"x"'}, logLevel:'error' });
