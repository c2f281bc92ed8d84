import type { CommandContext } from '../../../script/types.ts';

const DICTIONARY_SOURCES = ['/usr/share/hunspell', '/usr/share/myspell/dicts'];
const DICTIONARY_CACHE = '/var/cache/postgresql/dicts';
const SHARED_FILES = '/usr/share/postgresql';
const CLUSTERS = '/etc/postgresql';

/**
 * `pg_updatedicts` of postgresql-common, a Perl program, where it has nothing to convert and nothing to clean up: no
 * dictionary is installed, its cache is there and empty, and no server has a link to a dictionary.
 */
export function pgUpdateDictionaries(context: CommandContext): number {
  const { tree } = context;
  if (context.argv.length > 1) context.notNative('arguments');
  for (const directory of DICTIONARY_SOURCES) {
    if (tree.readdir(directory).some((name) => name.endsWith('.aff')))
      context.notNative(`dictionaries in ${directory}`);
  }
  if (tree.stat(DICTIONARY_CACHE)?.type !== 'directory' || tree.readdir(DICTIONARY_CACHE).length > 0)
    context.notNative(`state of ${DICTIONARY_CACHE}`);
  for (const version of tree.readdir(SHARED_FILES)) {
    const directory = `${SHARED_FILES}/${version}/tsearch_data`;
    const links = tree.readdir(directory).filter((name) => tree.lstat(`${directory}/${name}`)?.type === 'symlink');
    if (links.some((name) => /\.(affix|dict)$/.test(name))) context.notNative(`dictionaries in ${directory}`);
  }
  context.stdout('Building PostgreSQL dictionaries from installed myspell/hunspell packages...\n');
  context.stdout('Removing obsolete dictionary files:\n');
  return 0;
}

/** `pg_lsclusters -h` of postgresql-common where no cluster is configured, as in images for containers: it prints nothing. */
export function pgListClusters(context: CommandContext): number {
  const [option, ...others] = context.argv.slice(1);
  if (option !== '-h' || others.length > 0) context.notNative(context.argv.slice(1).join(' '));
  const inode = context.tree.stat(CLUSTERS);
  const isUnused = inode === undefined || inode.type === 'directory';
  if (!isUnused || context.tree.readdir(CLUSTERS).length > 0) context.notNative(`clusters in ${CLUSTERS}`);
  if (context.environment.has('PG_CLUSTER_CONF_ROOT')) context.notNative('PG_CLUSTER_CONF_ROOT');
  return 0;
}
