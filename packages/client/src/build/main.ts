import { fileURLToPath } from 'node:url';
import { buildDist } from './build-dist.ts';

// `npm run build --workspace @parley/client`
buildDist({ folder: fileURLToPath(new URL('../../dist', import.meta.url)) });
