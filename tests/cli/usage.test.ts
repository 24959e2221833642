import { describe, expect, it } from 'vitest';
import { run } from './support/offhook';

const commands = ['demo', 'register', 'call', 'answer', 'message', 'watch', 'options', 'parse'];

describe('the command line', () => {
  it('explains itself and every command, with examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const command of commands) {
      expect(stdout).toContain(command);
      const help = await run(command, '--help');
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/Examples:\n {2}\$ offhook /);
      expect(help.stdout).toContain('--json');
    }
  });

  it('says its version', async () => {
    const { code, stdout } = await run('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('shows the help and exits with 2 when asked for nothing', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: offhook');
  });

  it.each([
    ['an unknown command', ['dial']],
    ['an unknown option', ['demo', '--fast']],
    ['a missing URI', ['call']],
    ['a bad URI', ['call', 'sip:']],
    ['a URI of another kind', ['options', 'http://example.com']],
    ['a bad URI to register', ['register', 'sip:alice@exa mple.com']],
    ['a bad number of seconds', ['call', 'sip:bob@127.0.0.1', '--duration', 'soon']],
    ['a bad port', ['answer', '--port', '70000']],
    ['a codec we do not have', ['call', 'sip:bob@127.0.0.1', '--codec', 'MP3']],
    ['digits that are none', ['call', 'sip:bob@127.0.0.1', '--dtmf', '12x']],
    ['echo and a file at once', ['answer', '--echo', '--play', 'a.wav']],
  ])('answers %s with one sentence and 2', async (_, args) => {
    const people = await run(...args);
    expect(people.code).toBe(2);
    expect(people.stdout).toBe('');
    expect(people.stderr).toMatch(/^offhook: .+\n$/);
    expect(people.stderr.trimEnd().split('\n')).toHaveLength(1);
    const programs = await run(...args, '--json');
    expect(programs.code).toBe(2);
    expect(programs.stderr).toBe('');
    expect(programs.lines).toHaveLength(1);
    expect(programs.result).toMatchObject({ type: 'result', ok: false, exitCode: 2 });
    expect(programs.result.error?.message).toBeTruthy();
  });
});
