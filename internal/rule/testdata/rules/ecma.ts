import { exec as run } from 'node:child_process';
const cp = require('child_process');

app.get('/', (req: Request, res: Response) => {
  const { a, b: [c] } = req.query;
  // ruleid: exec
  run(`ls ${a}`);
  // ruleid: exec
  cp.exec(c, () => {});
  // ok: exec
  run('ls');
  // ok: exec
  other.exec(a);
});

// ruleid: loose
cookie('a', { 'secure': false, path: '/' });
// ok: loose
cookie('a', { secure: true });
