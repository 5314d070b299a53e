import { userInfo } from 'node:os';
import { execa } from 'execa';

/** Who acts here: whom git knows, or else the user of the operating system. */
export async function whoami(folder = '.'): Promise<string> {
  const { stdout, failed } = await execa('git', ['-C', folder, 'config', 'user.email'], { reject: false });
  const email = failed ? '' : stdout.trim();
  return email === '' ? userInfo().username : email;
}
