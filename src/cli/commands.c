#include "cli/commands.h"

#include <stddef.h>

// clang-format off
const struct command cli_commands[] = {
    { "ca list", "list the CAs", NULL, 0, 0, NULL, true,
      "cloudpki ca list", ca_list_command },
    { "ca create", "make a root, an issuing CA, or one under an external root", NULL, 0, 0,
      ca_create_options, true,
      "cloudpki ca create --type issuing --issuer ROOT-ID --name 'Acme Devices' --key eCP256",
      ca_create_command },
    { "ca show", "show one CA", "ID", 1, 1, NULL, true,
      "cloudpki ca show ID", ca_show_command },
    { "ca pause", "stop issuing; CRLs and OCSP go on", "ID", 1, 1, ca_version_options, true,
      "cloudpki ca pause ID", ca_pause_command },
    { "ca resume", "issue again", "ID", 1, 1, ca_version_options, true,
      "cloudpki ca resume ID", ca_resume_command },
    { "ca upload", "complete a CA under an external root with its signed certificate", "ID", 1, 1,
      ca_upload_options, true,
      "cloudpki ca upload ID --certificate signed.pem --chain root.pem", ca_upload_command },
    { "ca revoke", "revoke the CA's certificate for good; pause it first", "ID", 1, 1,
      ca_version_options, true, "cloudpki ca revoke ID", ca_revoke_command },
    { "ca delete", "delete a revoked CA, or a root without issuing CAs", "ID", 1, 1, NULL, true,
      "cloudpki ca delete ID", ca_delete_command },
    { "ca chain", "print the CA's certificate and its issuers in PEM", "ID", 1, 1, NULL, true,
      "cloudpki ca chain ID > chain.pem", ca_chain_command },
    { "cert list", "list the certificates a CA issued", NULL, 0, 0, cert_list_options, true,
      "cloudpki cert list --ca ID --status active", cert_list_command },
    { "cert show", "show one certificate", "ID", 1, 1, cert_ca_options, true,
      "cloudpki cert show --ca ID CERTIFICATE-ID", cert_show_command },
    { "cert find", "find a certificate by its serial number", "SERIAL", 1, 1, cert_ca_options, true,
      "cloudpki cert find --ca ID 4F:2B:…", cert_find_command },
    { "cert revoke", "revoke a certificate by id, or by serial number", "[ID]", 0, 1,
      cert_revoke_options, true,
      "cloudpki cert revoke --ca ID --serial 4F2B… --reason keyCompromise", cert_revoke_command },
    { "challenge", "make an enrolment challenge", NULL, 0, 0, challenge_options, true,
      "cloudpki challenge --ca ID --subject 'CN=laptop-7,O=Acme' --san dns:laptop-7.example.org",
      challenge_command },
    { 0 },
};
// clang-format on
