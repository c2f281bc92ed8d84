/** A stream that ends with the signal's reason at the next chunk: for work on local files, which no request can stop. */
export async function* interruptible<T>(
  stream: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for await (const chunk of stream) {
    signal.throwIfAborted();
    yield chunk;
  }
}
