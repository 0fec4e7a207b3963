// Compiles test/*.test.ts and runs them with Node's own test runner.
import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'node_modules/.cache/baton-tests');
const names = (await readdir(join(here, 'test'))).filter((name) => name.endsWith('.test.ts'));
await rm(out, { recursive: true, force: true });
await esbuild.build({
  entryPoints: names.map((name) => join(here, 'test', name)),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const files = names.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
const run = spawn(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
run.on('exit', (code) => process.exit(code ?? 1));
