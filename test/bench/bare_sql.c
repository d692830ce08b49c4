/*
 * bare_sql - what one query costs through the database's own library, with nothing around it.
 *
 *     bare_sql DATABASE-URL TIMES SQL
 *
 * The statement is prepared once and run TIMES over; every column of every row is read, from
 * PostgreSQL in binary. Prints {"rows": N, "octets": N, "median_us": M, "processor_us": P}; P is of
 * this process, so without PostgreSQL's own.
 */
#include <libpq-fe.h>
#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BINARY = 1 };

struct run {
    int rows;
    size_t octets;
};

static void die(const char *what)
{
    fprintf(stderr, "bare_sql: %s\n", what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- SQLite: a connection with the settings of ours ---- */

static void *open_sqlite(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
        sqlite3_exec(db, "PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY", NULL, NULL, NULL) ||
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
        die(sqlite3_errmsg(db));
    return statement;
}

static struct run run_sqlite(void *context)
{
    sqlite3_stmt *statement = context;
    struct run run = { 0 };
    for (; sqlite3_step(statement) == SQLITE_ROW; run.rows++) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            if (sqlite3_column_type(statement, i) == SQLITE_INTEGER)
                run.octets += sqlite3_column_int64(statement, i) != 0;
            else if (sqlite3_column_blob(statement, i))
                run.octets += (size_t)sqlite3_column_bytes(statement, i);
        }
    }
    sqlite3_reset(statement);
    return run;
}

/* ---- PostgreSQL ---- */

static void *open_postgres(const char *url, const char *sql)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQprepare(connection, "bare", sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        die(PQerrorMessage(connection));
    PQclear(result);
    return connection;
}

static struct run run_postgres(void *context)
{
    PGconn *connection = context;
    PGresult *result = PQexecPrepared(connection, "bare", 0, NULL, NULL, NULL, BINARY);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        die(PQerrorMessage(connection));
    struct run run = { .rows = PQntuples(result) };
    for (int row = 0; row < run.rows; row++)
        for (int i = 0; i < PQnfields(result); i++)
            if (PQgetvalue(result, row, i))
                run.octets += (size_t)PQgetlength(result, row, i);
    PQclear(result);
    return run;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const char scheme[] = "sqlite:";
    if (argc != 4)
        die("usage: bare_sql DATABASE-URL TIMES SQL");
    int is_sqlite = strncmp(argv[1], scheme, sizeof scheme - 1) == 0;
    void *context = is_sqlite ? open_sqlite(argv[1] + sizeof scheme - 1, argv[3])
                              : open_postgres(argv[1], argv[3]);
    int times = atoi(argv[2]);
    double *took = calloc((size_t)times, sizeof *took);
    struct run run = { 0 };
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < times; i++) {
        double began = seconds(CLOCK_MONOTONIC);
        run = is_sqlite ? run_sqlite(context) : run_postgres(context);
        took[i] = seconds(CLOCK_MONOTONIC) - began;
    }
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    qsort(took, (size_t)times, sizeof *took, compare);
    printf("{\"rows\": %d, \"octets\": %zu, \"median_us\": %.1f, \"processor_us\": %.1f}\n",
           run.rows, run.octets, took[times / 2] * 1e6, used / times * 1e6);
    return 0;
}
