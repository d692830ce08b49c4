#include "model/grant.h"

#include "model/challenge.h"

struct grant grant_of_challenge(const struct challenge *challenge, time_t now)
{
    bool is_over = challenge->expires_at && challenge->expires_at <= now;
    bool is_used_up = !challenge->is_static && challenge->uses >= challenge->uses_max;
    return (struct grant){
        .tenant_id = challenge->tenant_id,
        .ca_id = challenge->ca_id,
        .challenge_id = challenge->id,
        .subject = challenge->subject,
        .sans = challenge->sans,
        .ekus = challenge->ekus,
        .allow_any_name = challenge->allow_any_name,
        .sid = challenge->sid,
        .device_name = challenge->device_name,
        .device_id = challenge->device_id,
        .device_platform = challenge->device_platform,
        .user_principal_name = challenge->user_principal_name,
        .user_id = challenge->user_id,
        .validity_days = challenge->validity_days,
        .requires_approval = challenge->requires_approval,
        .expires_at = challenge->expires_at,
        .is_spent = is_over || is_used_up,
    };
}
