/* One gzip member from a fixed input buffer into a fixed output buffer: no allocator but this one, no imports. */
#include "libdeflate.h"

#define INPUT_SIZE (512 * 1024)
#define OUTPUT_SIZE (INPUT_SIZE + 4096)
#define HEAP_SIZE (2 * 1024 * 1024)

static unsigned char input_buffer[INPUT_SIZE];
static unsigned char output_buffer[OUTPUT_SIZE];
static unsigned char heap[HEAP_SIZE] __attribute__((aligned(64)));
static size_t used;
static struct libdeflate_compressor *compressor;

static void *take(size_t size)
{
	size_t start = used;
	size = (size + 63) & ~(size_t)63;
	if (size > HEAP_SIZE - start)
		return 0;
	used += size;
	return heap + start;
}

static void keep(void *memory)
{
	(void)memory;
}

__attribute__((export_name("input"))) unsigned char *input(void) { return input_buffer; }
__attribute__((export_name("inputSize"))) size_t input_size(void) { return INPUT_SIZE; }
__attribute__((export_name("output"))) unsigned char *output(void) { return output_buffer; }

/* Bytes written, 0 when it did not fit or the level is not one of 1 to 12; the level of the first call holds. */
__attribute__((export_name("gzip"))) size_t gzip(size_t size, int level)
{
	if (!compressor) {
		libdeflate_set_memory_allocator(take, keep);
		compressor = libdeflate_alloc_compressor(level);
	}
	if (!compressor || size > INPUT_SIZE)
		return 0;
	return libdeflate_gzip_compress(compressor, input_buffer, size, output_buffer, OUTPUT_SIZE);
}
