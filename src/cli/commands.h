/*
 * commands - ca, cert and challenge: clients of the public API like any other.
 */
#pragma once

#include "cli/command.h"

extern const struct command cli_commands[];

/* ca.c */
int ca_list_command(struct command_line *line);
int ca_create_command(struct command_line *line);
int ca_show_command(struct command_line *line);
int ca_pause_command(struct command_line *line);
int ca_resume_command(struct command_line *line);
int ca_renew_command(struct command_line *line);
int ca_activate_command(struct command_line *line);
int ca_upload_command(struct command_line *line);
int ca_revoke_command(struct command_line *line);
int ca_delete_command(struct command_line *line);
int ca_chain_command(struct command_line *line);
extern const struct option_row ca_create_options[];
extern const struct option_row ca_upload_options[];
extern const struct option_row ca_version_options[];
extern const struct option_row ca_activate_options[];

/* cert.c */
int cert_list_command(struct command_line *line);
int cert_show_command(struct command_line *line);
int cert_find_command(struct command_line *line);
int cert_revoke_command(struct command_line *line);
extern const struct option_row cert_list_options[];
extern const struct option_row cert_ca_options[];
extern const struct option_row cert_revoke_options[];

/* challenge.c */
int challenge_command(struct command_line *line);
extern const struct option_row challenge_options[];
