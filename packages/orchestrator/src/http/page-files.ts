import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One file of the page at `/`. */
export interface PageFile {
  /** Path under which it is served. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** Changes with the content. */
  readonly etag: string;
}

const files = [
  { path: '/', name: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/page.css', name: 'page.css', contentType: 'text/css; charset=utf-8' },
  { path: '/page.js', name: 'page.js', contentType: 'text/javascript; charset=utf-8' },
  { path: '/conversation.js', name: 'conversation.js', contentType: 'text/javascript; charset=utf-8' },
  { path: '/player.js', name: 'player.js', contentType: 'text/javascript; charset=utf-8' },
] as const;

/** What a browser may do with the page: its own files and its own server, nothing else. */
export const PAGE_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Reads the page, which lies in `page/` beside this file. Throws what the file system throws. */
export function readPageFiles(): readonly PageFile[] {
  return files.map(({ path, name, contentType }) => {
    const body = readFileSync(new URL(`page/${name}`, import.meta.url));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return { path, contentType, body, etag };
  });
}
