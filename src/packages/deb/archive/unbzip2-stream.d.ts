declare module 'unbzip2-stream' {
  /** A through-stream from bzip2 to plain bytes; data and errors come out during write() and end(). */
  function unbzip2(): NodeJS.ReadWriteStream;
  export = unbzip2;
}
