// Secrets everywhere in a configuration, receivers that fail and repeat what they were sent: nothing that tocsin writes
// or prints shows any of them.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "test/end_to_end/daemon.h"
#include "test/end_to_end/program.h"
#include "test/notifiers/python_server.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

// Answers 500 and whatever it was sent; under /moved a redirect to an address with a token. A second port speaks SMTP
// and refuses the login with its own words; the third line is that port.
constexpr const char* kEcho = R"py(
import base64, http.server, re, socketserver, sys, threading
class Echo(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get('content-length') or 0)).decode()
        said = self.path + '\n' + str(self.headers) + '\n' + body
        said += '\n' + re.sub(r'Basic (\S+)', lambda m: base64.b64decode(m.group(1)).decode(), said)
        self.send_response(302 if self.path.startswith('/moved') else 500, 'x')
        if self.path.startswith('/moved'):
            self.send_header('location', 'http://127.0.0.1:1' + self.path + '/further')
        said = said.encode()
        self.send_header('retry-after', self.path)
        self.send_header('content-length', str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    do_POST = do_GET = do_PUT = answer
    def log_message(self, *_): pass
class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b'220 mail ESMTP\r\n')
        said = b''
        for line in self.rfile:
            line = line.strip()
            if line.upper().startswith(b'EHLO'):
                self.wfile.write(b'250-mail\r\n250 AUTH LOGIN PLAIN\r\n')
            elif line.upper().startswith(b'AUTH LOGIN'):
                self.wfile.write(b'334 VXNlcm5hbWU6\r\n')
            else:
                said = line.split(b' ')[-1]
                plain = base64.b64decode(said + b'==') if len(said) > 8 else b''
                self.wfile.write(b'535 no ' + said + b' ' + plain.replace(b'\0', b' ') + b'\r\n')
web = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
mail = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Mail)
print(web.server_address[1]); print(mail.server_address[1])
threading.Thread(target=mail.serve_forever, daemon=True).start()
web.serve_forever()
)py";

// Each holds "S3CR3T", and no other text does.
constexpr const char* kRules = R"(
version: 1
daemon: {data_dir: data, log_level: debug, idle_timeout: 1h, metrics_listen: "127.0.0.1:0"}
sources: [{type: tail, paths: [shop.log], format: auto}]
workflows:
  call:
    definition:
      StartAt: Call
      States:
        Call:
          Type: Task
          Resource: tocsin:http
          Parameters:
            url: "http://HOST/task/S3CR3T-task-path?key=S3CR3T-task-query"
            method: POST
            headers: {Authorization: "Bearer S3CR3T-task-bearer", X-Api-Key: S3CR3T-task-key, Cookie: "a=S3CR3T-task-cookie", X-Auth-Token: S3CR3T-task-token}
            allow_cidrs: [127.0.0.0/8]
          Catch: [{ErrorEquals: [States.ALL], ResultPath: $.failed, Next: Caught}]
          End: true
        Caught: {Type: Pass, End: true}
alarms:
  - name: errors
    metric: {namespace: Tocsin, name: Errors, statistic: Sum, dimensions: {service: shop}}
    period: 60s
    evaluation_periods: 1
    comparison: ">"
    threshold: 0
    treat_missing_data: notBreaching
    actions: {alarm: [workflow:call, contact:hook, contact:slack, contact:discord, contact:teams, contact:pager, contact:refused, contact:tls, contact:mail, contact:moved, contact:proxied, contact:basic]}
contact_points:
  hook:
    type: webhook
    url: "http://HOST/hooks/S3CR3T-hook-path?token=S3CR3T-hook-query"
    secrets: [{value: whsec_S3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3CR3T}, {env: OLD}]
    headers: {Authorization: "Bearer S3CR3T-hook-bearer", X-Api-Key: S3CR3T-hook-key}
    allow_cidrs: [127.0.0.0/8]
  slack: {type: slack, url: "http://HOST/services/T0/B0/S3CR3T-slack", allow_cidrs: [127.0.0.0/8]}
  discord: {type: discord, url: "http://HOST/api/webhooks/1/S3CR3T-discord", allow_cidrs: [127.0.0.0/8]}
  teams: {type: teams, url: "http://HOST/workflows/1/invoke?sig=S3CR3T-teams", allow_cidrs: [127.0.0.0/8]}
  pager: {type: pagerduty, url: "http://HOST/v2/enqueue", routing_key: S3CR3T-routing-key, allow_cidrs: [127.0.0.0/8]}
  refused: {type: webhook, url: "http://user:S3CR3T-refused@127.0.0.1:1/S3CR3T-refused-path", allow_cidrs: [127.0.0.0/8]}
  tls: {type: webhook, url: "https://HOST/S3CR3T-tls", allow_cidrs: [127.0.0.0/8]}
  mail: {type: email, url: "smtp://127.0.0.1:MAIL", from: t@example.com, to: [o@example.com], user: tocsin, password: {env: MAIL_PASSWORD}, allow_cidrs: [127.0.0.0/8]}
  moved: {type: webhook, url: "http://HOST/moved/S3CR3T-moved", allow_cidrs: [127.0.0.0/8]}
  proxied: {type: webhook, url: "http://hooks.example.com/S3CR3T-proxied", proxy: "http://user:S3CR3T-proxy@127.0.0.1:1"}
  basic: {type: webhook, url: "http://user:S3CR3T-basic@HOST/basic", allow_cidrs: [127.0.0.0/8]}
)";

constexpr std::size_t kContacts = 11;

class Secrets : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.runs());
    const std::string url = server_.url("http");
    std::string rules = kRules;
    replace(rules, "HOST", url.substr(url.find("127")));
    replace(rules, "MAIL\"", server_.line() + "\"");
    write_file(folder_ + "/tocsin.yaml", rules);
    for (int second = 0; second < 130; ++second) {
      const std::string time = "2026-11-20T10:0" + std::to_string(second / 60) + ":" + (second % 60 < 10 ? "0" : "") +
                               std::to_string(second % 60) + "Z";
      append_file(folder_ + "/shop.log",
                  R"({"timestamp":")" + time + R"(","level":"ERROR","service":"shop","message":"m"})" + "\n");
    }
    append_file(folder_ + "/shop.log", "no json\n");
  }

  static void replace(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }

  // Whatever was seen, where.
  void look(const std::string& where, const std::string& text) {
    ++looked_;
    bytes_ += text.size();
    // The others are S3CR3T in base64 at the three places of its alphabet, without their ends.
    for (const std::string word : {"S3CR3T", "UzNDUjNU", "MzQ1IzV", "TM0NSM1Q"}) {
      const std::size_t at = text.find(word);
      if (at == std::string::npos) continue;
      ADD_FAILURE() << where << ": …" << text.substr(at < 300 ? 0 : at - 300, 400);
    }
  }
  ProgramResult look_at(std::vector<std::string> arguments) {
    std::string where;
    for (const std::string& argument : arguments) where += " " + argument;
    ProgramResult result = run_tocsin({.arguments = std::move(arguments), .environment = environment()});
    look("tocsin" + where, result.out);
    look("tocsin" + where + " (stderr)", result.err);
    return result;
  }
  static std::vector<std::string> environment() {
    return {"OLD=whsec_S3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3CR3ToldX", "MAIL_PASSWORD=S3CR3T-mail-password"};
  }
  std::vector<Json> deliveries() {
    std::vector<Json> rows;
    const ProgramResult result =
        run_tocsin({.arguments = {"deliveries", "ls", "--data-dir", data_, "--output", "ndjson"}});
    for (const std::string& line : lines_of(result.out)) rows.push_back(Json::parse(line));
    return rows;
  }
  bool all_tried() {
    std::size_t tried = 0;
    for (const Json& row : deliveries()) tried += row["attempts"].get<int>() > 0 ? 1 : 0;
    return tried >= kContacts;
  }

  const std::string folder_ = scratch_folder("secrets");
  const std::string data_ = folder_ + "/data";
  PythonServer server_{kEcho, ""};
  std::size_t looked_ = 0, bytes_ = 0;
};

TEST_F(Secrets, AreShownNowhere) {
  std::vector<std::string> wrapper = {"env"};
  for (const std::string& one : environment()) wrapper.push_back(one);
  {
    Daemon daemon(folder_, {"run", "--config", "tocsin.yaml"}, wrapper);
    const std::string port = daemon.metrics_port();
    ASSERT_FALSE(port.empty()) << daemon.err();
    ASSERT_TRUE(wait_until([&] { return all_tried(); })) << daemon.err();
    ASSERT_TRUE(wait_until([&] {
      return !lines_of(run_tocsin({.arguments = {"executions", "ls", "--data-dir", data_}}).out).empty();
    }));
    for (const char* path : {"/metrics", "/readyz", "/healthz"}) look(path, http_get(port, path));
    daemon.send(SIGHUP);
    EXPECT_TRUE(daemon.wait_for_err("has been loaded"));
    EXPECT_EQ(daemon.stop(SIGTERM), 143);
    look("stdout of the daemon", daemon.out());
    look("log of the daemon", daemon.err());
    EXPECT_NE(daemon.err().find("not delivered yet"), std::string::npos) << "the failures are told";
  }
  const std::vector<Json> rows = deliveries();
  ASSERT_GE(rows.size(), kContacts);
  for (const char* output : {"text", "json", "ndjson"}) {
    look_at({"deliveries", "ls", "--data-dir", data_, "--output", output});
    for (const Json& row : rows) {
      const ProgramResult shown = look_at({"deliveries", "show", row["id"], "--data-dir", data_, "--output", output});
      const bool is_masked = shown.out.find("***") != std::string::npos;
      EXPECT_TRUE(is_masked || row["contact_point"] != "hook") << shown.out;
    }
    look_at({"dead-letters", "ls", "--data-dir", data_, "--output", output});
  }
  for (const char* output : {"text", "ndjson"}) {
    look_at({"alarms", "history", "--data-dir", data_, "--output", output});
    look_at({"incidents", "ls", "--data-dir", data_, "--output", output});
    const ProgramResult executions = look_at({"executions", "ls", "--data-dir", data_, "--output", output});
    if (std::string(output) != "ndjson") continue;
    const std::string id = Json::parse(lines_of(executions.out).at(0))["id"];
    const ProgramResult shown = look_at({"executions", "show", id, "--data-dir", data_});
    EXPECT_NE(shown.out.find("\"X-Api-Key\": \"***\""), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("Http.StatusCode.500"), std::string::npos) << shown.out;
  }
  const std::string config = folder_ + "/tocsin.yaml";
  look_at({"doctor", "--data-dir", data_});
  look_at({"rules", "check", config});
  look_at({"rules", "explain", "errors", "--rules", config});
  for (const char* contact :
       {"hook", "slack", "discord", "teams", "pager", "refused", "tls", "mail", "moved", "proxied", "basic"}) {
    look_at({"webhook", "render", contact, "--rules", config});
    look_at({"webhook", "render", contact, "--rules", config, "--output", "json"});
    EXPECT_EQ(look_at({"webhook", "test", contact, "--rules", config}).exit_code, 1);
  }
  look_at(
      {"replay", folder_ + "/shop.log", "--rules", config, "--output", "ndjson", "--data-dir", folder_ + "/replayed"});
  look_at({"replay", folder_ + "/shop.log", "--rules", config, "--notify", "--wait-delivery", "200ms"});
  look_at({"executions", "ls", "--data-dir", folder_ + "/replayed", "--output", "ndjson"});

  // What is kept of contact points needs no secret at all.
  for (const auto& entry : std::filesystem::directory_iterator(data_)) {
    std::string bytes = read_file(entry.path().string());
    replace(bytes, "S3CR3T-task", "");  // the state of an execution holds its definition, while it runs
    look(entry.path().string(), bytes);
  }
  EXPECT_GT(looked_, 100U);
  EXPECT_GT(bytes_, 100'000U);
}

}  // namespace
}  // namespace tocsin
