import { expect, it } from 'vitest';
import { type Files, runEmulated, treeOf } from '../testing/real-root.ts';
import { py3clean, py3compile, python } from './bytecode.ts';

const DIRECTORY = '/usr/lib/python3/dist-packages/dns';
const IMAGE: Files = {
  '/var/lib/dpkg/status': 'Package: python3-dns\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n',
  '/var/lib/dpkg/info/python3-dns.list': `/.\n/usr\n${DIRECTORY}\n${DIRECTORY}/a.py\n${DIRECTORY}/b.py\n`,
  [`${DIRECTORY}/a.py`]: '',
  [`${DIRECTORY}/b.py`]: '',
  [`${DIRECTORY}/__pycache__/a.cpython-311.pyc`]: 'x',
  [`${DIRECTORY}/__pycache__/b.cpython-311.opt-1.pyc`]: 'x',
};

it('py3clean removes the bytecode of a package and the directory it empties', () => {
  const tree = treeOf(IMAGE);
  expect(runEmulated(py3clean, ['py3clean', '-p', 'python3-dns'], tree)?.status).toBe(0);
  expect(tree.readdir(DIRECTORY)).toEqual(['a.py', 'b.py']);
});

it('bytecode that belongs to no module of the package stays', () => {
  const other = `${DIRECTORY}/__pycache__/c.cpython-311.pyc`;
  const tree = treeOf({ ...IMAGE, [other]: 'x' });
  runEmulated(py3clean, ['py3clean', '-p', 'python3-dns'], tree);
  expect(tree.readdir(`${DIRECTORY}/__pycache__`)).toEqual(['c.cpython-311.pyc']);
});

it('nothing is compiled', () => {
  const tree = treeOf(IMAGE);
  expect(runEmulated(py3compile, ['py3compile', '-p', 'python3-dns'], tree)?.status).toBe(0);
  const words = ['python3.11', '-E', '-S', '/usr/lib/python3.11/py_compile.py', `${DIRECTORY}/a.py`];
  expect(runEmulated(python, words, tree)?.status).toBe(0);
  expect(tree.readdir(`${DIRECTORY}/__pycache__`)).toEqual(['b.cpython-311.opt-1.pyc']);
  expect(runEmulated(python, ['python3.11', '-c', 'print(1)'], tree)).toBeUndefined();
});
