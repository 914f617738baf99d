/* The certificate that a hub makes for itself: kept, readable by its owner alone, made anew where it does not fit. */
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "net/hub/own_certificate.h"
#include "net/hub/tls.h"

struct files {
    char *folder, *cert, *key;
};

static void set_up(struct files *files, gconstpointer unused)
{
    (void)unused;
    g_autofree char *base = g_dir_make_tmp("callapi-own-XXXXXX", NULL);
    *files = (struct files){ .folder = g_build_filename(base, "not", "there", NULL) };
}

static void tear_down(struct files *files, gconstpointer unused)
{
    (void)unused;
    g_autofree char *middle = g_path_get_dirname(files->folder), *base = g_path_get_dirname(middle);
    g_remove(files->cert);
    g_remove(files->key);
    g_rmdir(files->folder);
    g_rmdir(middle);
    g_assert_cmpint(g_rmdir(base), ==, 0); /* nothing else is left */
    g_free(files->folder);
    g_free(files->cert);
    g_free(files->key);
}

/* Makes, or finds, it; its text. */
static char *have(struct files *files, const char *address)
{
    char *addresses[] = { (char *)address, NULL }, *error = NULL, *text;
    g_clear_pointer(&files->cert, g_free);
    g_clear_pointer(&files->key, g_free);
    g_assert_true(hub_own_certificate(files->folder, addresses, &files->cert, &files->key, &error));
    g_assert_null(error);
    g_assert_true(hub_tls_check(files->cert, files->key, &error));
    g_assert_true(g_file_get_contents(files->cert, &text, NULL, NULL));
    return text;
}

static void names(struct files *files, gconstpointer unused)
{
    (void)unused;
    g_autofree char *text = have(files, "192.0.2.7");
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    g_assert_nonnull(certificate);
    g_assert_cmpint(X509_check_ip_asc(certificate, "192.0.2.7", 0), ==, 1);
    g_assert_cmpint(X509_check_ip_asc(certificate, "::1", 0), ==, 1);
    g_assert_cmpint(X509_check_host(certificate, "localhost", 0, 0, NULL), ==, 1);
    g_assert_cmpint(X509_check_ip_asc(certificate, "192.0.2.8", 0), ==, 0);
    X509_free(certificate);
    BIO_free(bio);
}

static void key_is_private(struct files *files, gconstpointer unused)
{
    (void)unused;
    GStatBuf key;
    g_free(have(files, "192.0.2.7"));
    g_assert_cmpint(g_stat(files->key, &key), ==, 0);
    g_assert_cmpint(key.st_mode & 0777, ==, 0600);
}

static void kept(struct files *files, gconstpointer unused)
{
    (void)unused;
    g_autofree char *first = have(files, "192.0.2.7"), *again = have(files, "192.0.2.7");
    g_assert_cmpstr(first, ==, again);
}

static void anew(struct files *files, gconstpointer unused)
{
    (void)unused;
    g_autofree char *first = have(files, "192.0.2.7"), *elsewhere = have(files, "192.0.2.8");
    g_assert_cmpstr(first, !=, elsewhere);
    g_assert_true(g_file_set_contents(files->key, "no key", -1, NULL));
    g_autofree char *mended = have(files, "192.0.2.8");
    g_assert_cmpstr(elsewhere, !=, mended);
}

static void no_folder(void)
{
    char *none[] = { NULL }, *cert = NULL, *key = NULL, *error = NULL;
    g_assert_false(hub_own_certificate("/proc/nowhere", none, &cert, &key, &error));
    g_assert_nonnull(strstr(error, "/proc/nowhere"));
    g_assert_null(cert);
    g_free(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/own-certificate/names", struct files, NULL, set_up, names, tear_down);
    g_test_add("/own-certificate/key-is-private", struct files, NULL, set_up, key_is_private, tear_down);
    g_test_add("/own-certificate/kept", struct files, NULL, set_up, kept, tear_down);
    g_test_add("/own-certificate/anew", struct files, NULL, set_up, anew, tear_down);
    g_test_add_func("/own-certificate/no-folder", no_folder);
    return g_test_run();
}
