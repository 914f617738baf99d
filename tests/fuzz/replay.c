/* The inputs that were kept, once each: replay FILE_OR_FOLDER... A target's test, where no libFuzzer is. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static int replay_file(const char *path)
{
    g_autofree char *contents = NULL;
    g_autoptr(GError) error = NULL;
    size_t size;
    if (!g_file_get_contents(path, &contents, &size, &error))
        g_error("%s", error->message);
    uint8_t *exact = malloc(size ? size : 1); /* the contents have a NUL behind their end, where nobody may read */
    memcpy(exact, contents, size);
    g_print("# %s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

static int replay(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return replay_file(path);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    int replayed = 0;
    while ((name = g_dir_read_name(folder))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        replayed += replay_file(file);
    }
    return replayed;
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    int replayed = 0;
    for (int i = 1; i < argc; i++)
        replayed += replay(argv[i]);
    g_print("%d inputs replayed\n", replayed);
    return replayed ? EXIT_SUCCESS : EXIT_FAILURE;
}
