/** Signs requests as a PKI that is not ours, with the root that the test made. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Root {
    certificate: string;
    key: string;
}

/** Both ways in PEM; extensions are lines of openssl's x509v3_config. */
export function sign(root: Root, request: string, extensions: string[], days = 1000): string {
    const where = mkdtempSync(join(tmpdir(), "graph-"));
    const path = (name: string) => join(where, name);
    const files = { "root.pem": root.certificate, "root.key": root.key, "request.pem": request, x509v3: extensions.join("\n") };
    for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text, { mode: 0o600 });
    execFileSync("openssl", ["x509", "-req", "-in", path("request.pem"), "-CA", path("root.pem"), "-CAkey", path("root.key"),
        "-CAcreateserial", "-days", String(days), "-sha256", "-extfile", path("x509v3"), "-out", path("out.pem")],
        { stdio: "pipe" });
    return readFileSync(path("out.pem"), "utf8");
}

export const pem = (base64: string, label: string) =>
    `-----BEGIN ${label}-----\n${base64.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END ${label}-----\n`;

export const base64 = (text: string) => text.replace(/-----[^-]+-----|\s/g, "");
