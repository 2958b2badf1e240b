import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname } from 'node:path';
const root = process.env.SITE ?? '/tmp/site/repo/public';
const types = {'.html':'text/html; charset=utf-8','.css':'text/css','.js':'text/javascript','.svg':'image/svg+xml','.json':'application/json','.xml':'application/xml','.png':'image/png'};
const server = createServer((q,r)=>{ const p=decodeURIComponent(new URL(q.url,'http://x').pathname); const f=root+(p.endsWith('/')?p+'index.html':p); if(!existsSync(f)){r.writeHead(404);return r.end();} r.writeHead(200,{'content-type':types[extname(f)]??'text/plain'}); r.end(readFileSync(f)); });
await new Promise(d=>server.listen(0,'127.0.0.1',d));
const base=`http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({executablePath:'/usr/bin/chromium', args:['--no-sandbox']});
const only = process.argv.slice(2);
const shots = [
 ['index-1280-light','/',1280,'light',{}],['index-1280-dark','/',1280,'dark',{}],['index-768','/',768,'light',{}],['index-320','/',320,'light',{}],['index-320-dark','/',320,'dark',{}],
 ['index-nojs','/',1280,'light',{javaScriptEnabled:false}],['index-filter','/?q=vault&severity=SEV1',1280,'light',{}],
 ['doc-1280','/post-mortems/2026-05-25-immich-anca-elements-io-storm.html',1280,'light',{}],['doc-1280-dark','/post-mortems/2026-05-25-immich-anca-elements-io-storm.html',1280,'dark',{}],['doc-768','/post-mortems/2026-05-25-immich-anca-elements-io-storm.html',768,'light',{}],['doc-320','/post-mortems/2026-05-25-immich-anca-elements-io-storm.html',320,'light',{}],
 ['doc2-1280','/post-mortems/2026-04-22-vault-raft-leader-deadlock.html',1280,'light',{}],['doc3-1280','/post-mortems/2026-07-14-anubis-x-real-ip-cookie-flap.html',1280,'light',{}],
];
for (const [name,path,width,colorScheme,extra] of shots) {
  if (only.length && !only.some(o=>name.startsWith(o))) continue;
  const context = await browser.newContext({viewport:{width,height:900},colorScheme,deviceScaleFactor:1,...extra});
  const page = await context.newPage(); page.on('console',m=>console.log(name,m.type(),m.text())); page.on('pageerror',e=>console.log(name,'ERR',e.message));
  await page.goto(base+path); await page.waitForLoadState('networkidle');
  const over = await page.evaluate(()=>document.documentElement.scrollWidth-innerWidth).catch(()=>'?');
  const h = await page.evaluate(()=>document.documentElement.scrollHeight).catch(()=>0);
  await page.screenshot({path:`/tmp/shots/${name}.png`,fullPage:true}); const step=width<500?1600:1300; for (let y=0,k=0;y<h&&k<Number(process.env.PIECES??4);y+=step,k++) await page.screenshot({path:`/tmp/shots/${name}-${k}.png`,fullPage:true,clip:{x:0,y,width,height:Math.min(step,h-y)}});
  console.log(name,'overflow',over,'height',h);
  await context.close();
}
if (!only.length || only.includes('print')) { const p=await browser.newPage(); await p.goto(base+'/post-mortems/2026-05-25-immich-anca-elements-io-storm.html'); await p.emulateMedia({media:'print'}); await p.setViewportSize({width:760,height:1000}); await p.screenshot({path:'/tmp/shots/print-doc.png',fullPage:true}); await p.goto(base+'/'); await p.screenshot({path:'/tmp/shots/print-index.png',fullPage:true}); }
await browser.close(); server.close();
