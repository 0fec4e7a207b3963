// Bundles the widget, the console and the demo shop page into dist/, which handoff_api serves.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const WIDGET_LIMIT = 20_000; // bytes after gzip: what a shop is asked to load

// A style sheet imported by a module becomes its minified text: the widget carries its styles into its shadow root.
const styleText = {
  name: 'style-text',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, 'utf8'), {
        loader: 'css',
        minify: true,
        target: 'chrome100',
      });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

const common = {
  bundle: true,
  minify: true,
  legalComments: 'linked',
  target: ['es2022'],
  logLevel: 'warning',
  absWorkingDir: here,
};

async function scripts() {
  await esbuild.build({
    ...common,
    entryPoints: ['src/widget/main.ts'],
    outfile: 'dist/widget.js',
    format: 'iife',
    plugins: [styleText],
  });
  await esbuild.build({
    ...common,
    entryPoints: ['src/console/main.ts'],
    outfile: 'dist/assets/console.js',
    format: 'esm',
  });
  await esbuild.build({
    ...common,
    entryPoints: ['src/console/heartbeat.ts'],
    outfile: 'dist/assets/heartbeat.js',
    format: 'iife',
  });
  await esbuild.build({ ...common, entryPoints: ['src/shop/main.ts'], outfile: 'dist/assets/shop.js', format: 'esm' });
  await esbuild.build({
    ...common,
    entryPoints: ['src/console/console.css', 'src/shop/shop.css'],
    outdir: 'dist/assets',
    entryNames: '[name]',
  });
}

// The pages name each asset with its content's hash, so a browser may keep it and still never shows an old one.
async function page(source, target) {
  const html = await readFile(join(here, source), 'utf8');
  const names = [...html.matchAll(/(?:src|href)="(\/[\w./-]+\.(?:js|css))"/g)].map((found) => found[1]);
  let result = html;
  for (const name of new Set(names)) {
    const hash = createHash('sha256')
      .update(await readFile(join(dist, name)))
      .digest('hex')
      .slice(0, 12);
    result = result.replaceAll(`"${name}"`, `"${name}?v=${hash}"`);
  }
  await writeFile(join(dist, target), result);
}

async function build() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'assets'), { recursive: true });
  await scripts();
  await cp(join(here, 'src/shared/icon.svg'), join(dist, 'assets/icon.svg'));
  await page('src/shop/index.html', 'index.html');
  await page('src/shop/help.html', 'help.html');
  await page('src/console/index.html', 'console.html');
  const size = gzipSync(await readFile(join(dist, 'widget.js')), { level: 9 }).length;
  console.log(`widget.js: ${size} bytes gzipped (limit ${WIDGET_LIMIT})`);
  if (size > WIDGET_LIMIT) throw new Error(`widget.js is ${size} bytes gzipped; the limit is ${WIDGET_LIMIT}`);
}

if (process.argv.includes('--watch')) {
  const { watch } = await import('node:fs');
  let running = build().catch(console.error);
  let timer;
  watch(join(here, 'src'), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(build).catch(console.error);
    }, 100);
  });
} else {
  await build();
}
