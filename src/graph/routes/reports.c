#include "graph/routes/reports.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "graph/list.h"
#include "graph/request.h"
#include "graph/routes/cas.h"
#include "model/ca.h"
#include "model/leaf.h"

#include <inttypes.h>

enum {
    QUERY_OCTETS_MAX = 64 * 1024,
    BODY_OCTETS_MAX = 16 * 1024 * 1024,
    COLUMNS_MAX = 64,
    TEXT_CHARACTERS_MAX = 16384
};

struct leaf_report {
    const char *ca_id;
    int64_t top;
    int64_t skip;
    struct strings select;
    const char *filter;
    const char *search;
    struct strings order_by;
};

static const struct property report_properties[] = {
    // clang-format off
    { "certificationAuthorityId", NULL, PROPERTY_STRING,  REQUIRED | NULLABLE, AT(leaf_report, ca_id),    NULL, 1, 64 },
    { "top",                      NULL, PROPERTY_INT,     NULLABLE, AT(leaf_report, top),      NULL, 0, QUERY_TOP_MAX },
    { "skip",                     NULL, PROPERTY_INT,     NULLABLE, AT(leaf_report, skip),     NULL, 0, OPTIONS_SKIP_MAX },
    { "select",                   NULL, PROPERTY_STRINGS, NULLABLE, AT(leaf_report, select),   NULL, 1, 64 },
    { "filter",                   NULL, PROPERTY_STRING,  NULLABLE, AT(leaf_report, filter),   NULL, 0, TEXT_CHARACTERS_MAX },
    { "search",                   NULL, PROPERTY_STRING,  NULLABLE, AT(leaf_report, search),   NULL, 0, TEXT_CHARACTERS_MAX },
    { "orderBy",                  NULL, PROPERTY_STRINGS, NULLABLE, AT(leaf_report, order_by), NULL, 1, 80 },
    { 0 },
    // clang-format on
};

const struct entity leaf_report_entity = { .name = "retrieveCloudPkiLeafCertificateReport",
                                           .properties = report_properties,
                                           .size = sizeof(struct leaf_report) };

static const struct property summary_properties[] = {
    // clang-format off
    { "certificationAuthorityId", NULL, PROPERTY_STRING,  REQUIRED | NULLABLE, AT(leaf_report, ca_id),  NULL, 1, 64 },
    { "select",                   NULL, PROPERTY_STRINGS, NULLABLE, AT(leaf_report, select), NULL, 1, 64 },
    { 0 },
    // clang-format on
};

const struct entity leaf_summary_report_entity = {
    .name = "retrieveCloudPkiLeafCertificateSummaryReport",
    .properties = summary_properties,
    .size = sizeof(struct leaf_report),
};

/* ---- parameters as query options ---- */

static void add_option(struct buf *query, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    buf_add_format(query, "&%s=", name);
    percent_encode(text, query);
}

static void add_list(struct buf *query, const char *name, const struct strings *texts)
{
    SCOPED(buf_free) struct buf *list = buf_new(QUERY_OCTETS_MAX);
    for (size_t i = 0; i < texts->count; i++)
        buf_add_format(list, "%s%s", i ? "," : "", texts->items[i]);
    add_option(query, name, buf_text(list));
}

static bool read_options(struct request *request, const struct leaf_report *report,
                         struct error *err)
{
    SCOPED(buf_free) struct buf *query = buf_new(QUERY_OCTETS_MAX);
    buf_add_format(query, "$count=true&$skip=%" PRId64, report->skip);
    if (report->top > 0)
        buf_add_format(query, "&$top=%" PRId64, report->top);
    add_list(query, "$select", &report->select);
    add_list(query, "$orderby", &report->order_by);
    add_option(query, "$filter", report->filter);
    add_option(query, "$search", report->search);
    if (!buf_ok(query))
        return fail(err, ERR_INVALID, "the parameters are too long");
    return options_read(buf_text(query), &leaf_entity, OPTIONS_LIST, request->arena,
                        &request->options, err);
}

/* The CA must be there for the caller, as in a path. */
static bool begin(struct request *request, struct leaf_report *report, struct query *query,
                  struct error *err)
{
    struct ca ca;
    if (!request_read_body(request, report, err))
        return false;
    request->target.ids[ID_CA] = report->ca_id;
    if (!ca_find(request, &ca, err))
        return false;
    *query = (struct query){ .entity = &leaf_entity };
    query_fix(query, "ca_id", V_TEXT(ca.id));
    return true;
}

/* ---- the table ---- */

struct columns {
    const struct property *rows[COLUMNS_MAX];
    size_t count;
};

static struct columns columns_of(const struct options *options)
{
    struct columns columns = { .count = 0 };
    uint64_t selected = options->selected;
    for (const struct property *row = leaf_entity.properties; !property_is_last(row);
         row++, selected >>= 1)
        if (row->name && !(row->flags & (HIDDEN | WRITE_ONLY)) && (selected & 1))
            columns.rows[columns.count++] = row;
    return columns;
}

static const char *type_text(enum property_type type)
{
    if (type == PROPERTY_INT)
        return "Int32";
    return type == PROPERTY_TIME ? "DateTime" : "String";
}

static void write_column(struct json_writer *writer, const char *name, const char *type)
{
    json_open_object(writer);
    json_member(writer, "Column", name);
    json_member(writer, "PropertyType", type);
    json_close_object(writer);
}

static void open_table(struct json_writer *writer, int64_t total)
{
    json_open_object(writer);
    json_member_int(writer, "TotalRowCount", total);
    json_key(writer, "Schema");
    json_open_array(writer);
}

static void open_values(struct json_writer *writer)
{
    json_close_array(writer);
    json_key(writer, "Values");
    json_open_array(writer);
}

static void close_table(struct json_writer *writer)
{
    json_close_array(writer);
    json_member(writer, "SessionId", "");
    json_close_object(writer);
}

bool report_leaves(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    struct leaf_report report = { .ca_id = NULL };
    if (!begin(request, &report, &query, err) || !read_options(request, &report, err) ||
        !list_read(request, &query, result, err))
        return false;
    const struct view view = { .urls = &request->graph->urls };
    const struct columns columns = columns_of(&request->options);
    result->document = buf_new(BODY_OCTETS_MAX);
    struct json_writer writer = json_writer_to(result->document);
    open_table(&writer, result->total);
    for (size_t i = 0; i < columns.count; i++)
        write_column(&writer, columns.rows[i]->name, type_text(columns.rows[i]->type));
    open_values(&writer);
    for (size_t i = 0; i < result->items.count; i++) {
        json_open_array(&writer);
        for (size_t k = 0; k < columns.count; k++)
            property_write(&writer, columns.rows[k], (const struct leaf *)result->items.first + i,
                           &view);
        json_close_array(&writer);
    }
    close_table(&writer);
    return true;
}

/* ---- the summary ---- */

enum summary_column { COLUMN_STATUS, COLUMN_COUNT_OF, SUMMARY_COLUMNS };

static const char *const summary_columns[SUMMARY_COLUMNS] = { "certificateStatus", "count" };

static bool is_chosen(const struct leaf_report *report, enum summary_column column)
{
    for (size_t i = 0; i < report->select.count; i++)
        if (text_equal_caseless(report->select.items[i], summary_columns[column]))
            return true;
    return report->select.count == 0;
}

static bool check_choice(const struct leaf_report *report, struct error *err)
{
    for (size_t i = 0; i < report->select.count; i++)
        if (!text_equal_caseless(report->select.items[i], summary_columns[COLUMN_STATUS]) &&
            !text_equal_caseless(report->select.items[i], summary_columns[COLUMN_COUNT_OF]))
            return fail(err, ERR_INVALID, "select: the summary has certificateStatus and count");
    return true;
}

static bool count_status(struct request *request, const struct query *of_ca, int64_t status,
                         int64_t *out, struct error *err)
{
    struct query query = *of_ca;
    struct result result = { .total = 0 };
    const struct filter filter = { .operator= FILTER_EQ,
                                   .property = property_find(&leaf_entity, "certificateStatus"),
                                   .value = V_INT(status) };
    request->options = (struct options){ .filter = &filter };
    bool is_good = list_count(request, &query, &result, err);
    *out = result.total;
    return is_good;
}

static void write_status(struct json_writer *writer, const struct leaf_report *report,
                         int64_t status, int64_t count)
{
    json_open_array(writer);
    if (is_chosen(report, COLUMN_STATUS))
        json_text(writer, enum_text(&leaf_status_texts, status));
    if (is_chosen(report, COLUMN_COUNT_OF))
        json_int(writer, count);
    json_close_array(writer);
}

bool report_summary(struct request *request, struct result *result, struct error *err)
{
    struct query query;
    struct leaf_report report = { .ca_id = NULL };
    int64_t counts[LEAF_EXPIRED + 1];
    if (!begin(request, &report, &query, err) || !check_choice(&report, err))
        return false;
    for (int64_t status = LEAF_ACTIVE; status <= LEAF_EXPIRED; status++)
        if (!count_status(request, &query, status, &counts[status], err))
            return false;
    result->document = buf_new(BODY_OCTETS_MAX);
    struct json_writer writer = json_writer_to(result->document);
    open_table(&writer, LEAF_EXPIRED);
    if (is_chosen(&report, COLUMN_STATUS))
        write_column(&writer, summary_columns[COLUMN_STATUS], "String");
    if (is_chosen(&report, COLUMN_COUNT_OF))
        write_column(&writer, summary_columns[COLUMN_COUNT_OF], "Int32");
    open_values(&writer);
    for (int64_t status = LEAF_ACTIVE; status <= LEAF_EXPIRED; status++)
        write_status(&writer, &report, status, counts[status]);
    close_table(&writer);
    return true;
}
