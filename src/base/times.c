#include "base/times.h"

#include <string.h>

/* The C library's gmtime_r takes a lock for the time zone; this file needs none. */

struct calendar {
    int64_t year;
    int month; /* 1 to 12 */
    int day;
    int hour;
    int minute;
    int second;
    int weekday; /* 0 is Sunday */
};

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char day_names[7][10] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday" };

enum { DAYS_OF_400_YEARS = 146097, DAYS_TO_EPOCH = 719468 /* 0000-03-01 to 1970-01-01 */ };

/* What four digits of a year can say; times beyond are shown as its ends. */
#define YEAR_0        INT64_C(-62167219200)
#define YEAR_9999_END INT64_C(253402300799)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years are counted from 1 March, so that the leap day is a year's last. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_EPOCH;
}

static struct calendar calendar_of(time_t t)
{
    int64_t days = floor_div(t, DAY);
    int second_of_day = (int)(t - days * DAY);
    int64_t era = floor_div(days + DAYS_TO_EPOCH, DAYS_OF_400_YEARS);
    int64_t day_of_era = days + DAYS_TO_EPOCH - era * DAYS_OF_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = (int)(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    int shifted = (5 * day_of_year + 2) / 153;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct calendar){ .year = year_of_era + era * 400 + (month <= 2),
                              .month = month,
                              .day = day_of_year - (153 * shifted + 2) / 5 + 1,
                              .hour = second_of_day / HOUR,
                              .minute = second_of_day / MINUTE % 60,
                              .second = second_of_day % 60,
                              .weekday = (int)(days + 4 /* 1970-01-01 was a Thursday */ -
                                               floor_div(days + 4, 7) * 7) };
}

static int days_of_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* A leap second, 23:59:60, is the first second of the next minute. */
static bool calendar_time(const struct calendar *c, time_t *out)
{
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_of_month(c->year, c->month) ||
        c->hour > 23 || c->minute > 59 || c->second > 60)
        return false;
    *out =
        days_of(c->year, c->month, c->day) * DAY + c->hour * HOUR + c->minute * MINUTE + c->second;
    return true;
}

static bool take_digits(const char **p, int count, int *out)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        value = value * 10 + (**p - '0');
    }
    *out = value;
    return true;
}

static bool take_month(const char **p, int *out)
{
    for (int i = 0; i < 12; i++) {
        if (strncmp(*p, month_names[i], 3) == 0) {
            *p += 3;
            *out = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_day_name(const char **p, bool is_short)
{
    for (size_t i = 0; i < 7; i++) {
        size_t len = is_short ? 3 : strlen(day_names[i]);
        if (strncmp(*p, day_names[i], len) == 0) {
            *p += len;
            return true;
        }
    }
    return false;
}

static bool take_padded_day(const char **p, int *out)
{
    bool is_padded = **p == ' ';
    *p += is_padded;
    return take_digits(p, is_padded ? 1 : 2, out);
}

/* Two digits: 70 to 99 are of the last century, as Unix's epoch suggests. */
static bool take_short_year(const char **p, int64_t *out)
{
    int year;
    if (!take_digits(p, 2, &year))
        return false;
    *out = year < 70 ? 2000 + year : 1900 + year;
    return true;
}

static bool take_year(const char **p, int64_t *out)
{
    int year;
    if (!take_digits(p, 4, &year))
        return false;
    *out = year;
    return true;
}

/* One field of a format: Y y years of four and two digits, m month, b its name, d day, e day
 * padded with a blank, H M S, a A short and long names of the day. */
static bool take_field(char field, const char **p, struct calendar *out)
{
    switch (field) {
    case 'Y':
        return take_year(p, &out->year);
    case 'y':
        return take_short_year(p, &out->year);
    case 'm':
        return take_digits(p, 2, &out->month);
    case 'b':
        return take_month(p, &out->month);
    case 'd':
        return take_digits(p, 2, &out->day);
    case 'e':
        return take_padded_day(p, &out->day);
    case 'H':
        return take_digits(p, 2, &out->hour);
    case 'M':
        return take_digits(p, 2, &out->minute);
    case 'S':
        return take_digits(p, 2, &out->second);
    default:
        return take_day_name(p, field == 'a');
    }
}

static bool take_format(const char *format, const char **p, struct calendar *out)
{
    for (; *format; format++) {
        if (*format == '%') {
            format++;
            if (!take_field(*format, p, out))
                return false;
        } else if (*(*p)++ != *format) {
            return false;
        }
    }
    return true;
}

static bool take_fraction(const char **p)
{
    if (**p != '.')
        return true;
    const char *first = ++*p;
    while (**p >= '0' && **p <= '9')
        (*p)++;
    return *p > first;
}

/* RFC 3339 §5.6 time-offset, in seconds east of UTC. */
static bool take_offset(const char **p, int *out)
{
    *out = 0;
    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        return true;
    }
    if (**p != '+' && **p != '-')
        return false;
    int sign = *(*p)++ == '+' ? 1 : -1;
    struct calendar offset = { 0 };
    if (!take_format("%H:%M", p, &offset) || offset.hour > 23 || offset.minute > 59)
        return false;
    *out = sign * (offset.hour * HOUR + offset.minute * MINUTE);
    return true;
}

static char *put_digits(char *p, int count, int64_t value)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        p[i] = (char)('0' + value % 10);
    return p + count;
}

static char *put_name(char *p, const char *name)
{
    memcpy(p, name, 3);
    return p + 3;
}

/* The fields that we write, as take_field reads them. */
static char *put_field(char field, char *p, const struct calendar *c)
{
    switch (field) {
    case 'Y':
        return put_digits(p, 4, c->year);
    case 'm':
        return put_digits(p, 2, c->month);
    case 'b':
        return put_name(p, month_names[c->month - 1]);
    case 'd':
        return put_digits(p, 2, c->day);
    case 'H':
        return put_digits(p, 2, c->hour);
    case 'M':
        return put_digits(p, 2, c->minute);
    case 'S':
        return put_digits(p, 2, c->second);
    default:
        return put_name(p, day_names[c->weekday]);
    }
}

static void put_format(const char *format, time_t t, char out[TIMES_TEXT_OCTETS])
{
    struct calendar c = calendar_of(t < YEAR_0 ? YEAR_0 : t > YEAR_9999_END ? YEAR_9999_END : t);
    char *p = out;
    for (; *format; format++) {
        if (*format == '%')
            p = put_field(*++format, p, &c);
        else
            *p++ = *format;
    }
    *p = '\0';
}

time_t times_now(void)
{
    return time(NULL);
}

int64_t times_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

time_t times_add_years(time_t t, int years)
{
    struct calendar c = calendar_of(t);
    int64_t year = c.year + years;
    int last = days_of_month(year, c.month);
    int64_t second_of_day = t - floor_div(t, DAY) * DAY;
    return days_of(year, c.month, c.day < last ? c.day : last) * DAY + second_of_day;
}

void times_text(time_t t, char out[TIMES_TEXT_OCTETS])
{
    put_format("%Y-%m-%dT%H:%M:%SZ", t, out);
}

bool times_parse(const char *text, time_t *out)
{
    struct calendar c = { 0 };
    const char *p = text;
    int offset;
    time_t local;
    if (!take_format("%Y-%m-%d", &p, &c) || (*p != 'T' && *p != 't'))
        return false;
    p++;
    if (!take_format("%H:%M:%S", &p, &c) || !take_fraction(&p) || !take_offset(&p, &offset) || *p ||
        !calendar_time(&c, &local))
        return false;
    *out = local - offset;
    return true;
}

void times_http_text(time_t t, char out[TIMES_TEXT_OCTETS])
{
    put_format("%a, %d %b %Y %H:%M:%S GMT", t, out);
}

bool times_parse_http(const char *text, time_t *out)
{
    /* RFC 9110 §5.6.7: what is sent today, and the two forms of old that must be understood. */
    static const char *const formats[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                           "%a %b %e %H:%M:%S %Y" };
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        struct calendar c = { 0 };
        const char *p = text;
        if (take_format(formats[i], &p, &c) && !*p)
            return calendar_time(&c, out);
    }
    return false;
}
