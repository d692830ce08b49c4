#include "graph/routes/reports.h"
#include "graph/routes/tables.h"
#include "model/leaf.h"

#define REPORTS "deviceManagement/reports"
#define READ    ACCESS_REPORT_READ

const struct route report_routes[] = {
    // clang-format off
    /* name, versions, method, path, access, place, reply, entity, body, options, run */
    { "report.leaves",         API_BETA, HTTP_POST, REPORTS "/retrieveCloudPkiLeafCertificateReport",        READ, ON_WORKER, REPLY_DOCUMENT, &leaf_entity, &leaf_report_entity,         0, report_leaves },  /* A32 */
    { "report.leaves.summary", API_BETA, HTTP_POST, REPORTS "/retrieveCloudPkiLeafCertificateSummaryReport", READ, ON_WORKER, REPLY_DOCUMENT, &leaf_entity, &leaf_summary_report_entity, 0, report_summary }, /* A33 */
    { .name = NULL },
    // clang-format on
};
