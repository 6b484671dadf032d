// `tocsin webhook render|test|verify|rotate`: what a contact point would send, whether it arrives, and its secrets.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/checked_output.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/text_file.h"
#include "app/webhook_event.h"
#include "app/webhook_secrets.h"
#include "engine/base/text.h"
#include "engine/delivery/secret_words.h"
#include "notifiers/notifier.h"
#include "notifiers/payload_template.h"
#include "notifiers/sample_notifications.h"
#include "rules/rule_loader.h"

namespace tocsin {
namespace {

struct ContactArguments {
  std::vector<std::string> rules;
  std::string contact_point;
  std::string sample = "alarm.firing";
  std::string event_file;
  std::string output = "text";
  bool strict = false;
};

// The contact point of that name, or nothing and it has been told why.
std::optional<ContactPoint> find_contact(const ContactArguments& arguments, int& exit_code) {
  LoadedRules loaded = load_rule_files(arguments.rules, process_environment());
  tell(loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) {
    exit_code = kExitInvalidConfig;
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (ContactPoint& contact : loaded.rules.contact_points) {
    if (contact.name == arguments.contact_point) return std::move(contact);
    names.push_back(contact.name);
  }
  const std::string_view near = nearest_word(arguments.contact_point, names);
  std::string hint;
  if (!near.empty()) hint = "; did you mean '" + std::string(near) + "'?";
  tell("there is no contact point '" + arguments.contact_point + "'" + hint);
  exit_code = kExitUsage;
  return std::nullopt;
}

int render(const ContactArguments& arguments) {
  int exit_code = kExitOk;
  const std::optional<ContactPoint> found = find_contact(arguments, exit_code);
  if (!found) return exit_code;
  const ContactPoint shown = without_secrets(*found);
  if (found->url.empty()) tell("the contact point has no url: what is shown here goes nowhere");
  if (const std::string problem = contact_problem(shown); !problem.empty()) {
    tell("contact point '" + found->name + "': " + problem);
    return kExitFailure;
  }
  const Notification notification = arguments.event_file.empty()
                                        ? *sample_notification(arguments.sample, found->name)
                                        : read_event(read_text_file(arguments.event_file), found->name);
  const HttpRequest request = find_notifier(shown.type)->request(shown, notification, wall_clock());
  CheckedOutput out;
  const std::string address = redacted_url(request.url);
  out.write(arguments.output == "json" ? request_json(request, address) + "\n" : request_text(request, address));
  out.flush();
  if (shown.payload_template.empty()) return kExitOk;
  const RenderedPayload rendered = render_payload(shown.payload_template, notification);
  for (const std::string& path : rendered.missing) tell("payload: " + path + " is not in this notification");
  if (rendered.cut) tell("payload: longer than " + std::to_string(kMaxRenderedBytes) + " bytes: it was cut");
  return arguments.strict && (rendered.cut || !rendered.missing.empty()) ? kExitFailure : kExitOk;
}

std::string answer_text(const HttpResponse& response, const AttemptOutcome& outcome) {
  std::string text = response.status > 0 ? "status " + std::to_string(response.status) : outcome.error;
  if (response.status > 0 && !outcome.error.empty()) text += ": " + outcome.error;
  return printable(text);
}

int test(const ContactArguments& arguments) {
  int exit_code = kExitOk;
  const std::optional<ContactPoint> contact = find_contact(arguments, exit_code);
  if (!contact) return exit_code;
  if (const std::string problem = contact_problem(*contact); !problem.empty()) {
    tell("contact point '" + contact->name + "': " + problem);
    return kExitFailure;
  }
  const Notifier& notifier = *find_notifier(contact->type);
  const EventTime begin = wall_clock();
  HttpRequest request = notifier.request(*contact, test_notification(contact->name, begin), begin);
  const std::string method = request.method, address = redacted_url(request.url);
  std::optional<HttpResponse> answer;
  const std::unique_ptr<Transport> transport = make_curl_transport();
  transport->send(std::move(request), [&answer](HttpResponse response) { answer = std::move(response); });
  while (!answer) transport->poll(Period::seconds(1));
  AttemptOutcome outcome = notifier.outcome(*answer);
  const SecretWords secrets(*contact);
  outcome.error = secrets.redacted(std::move(outcome.error));
  const bool taken = outcome.status >= 200 && outcome.status < 300;
  CheckedOutput out;
  out.line(
      fmt::format("{} {}: {} after {} ms", method, address, answer_text(*answer, outcome), (wall_clock() - begin).ms));
  constexpr std::size_t kShownReply = 1024;
  if (!answer->body.empty()) out.line(printable(secrets.redacted(answer->body), kShownReply));
  out.line(taken ? "delivered" : "not delivered");
  out.flush();
  return taken ? kExitOk : kExitFailure;
}

template <typename Arguments>
int guarded(const char* name, int (*perform)(const Arguments&), const Arguments& arguments) {
  try {
    return perform(arguments);
  } catch (const std::invalid_argument& error) {
    tell(fmt::format("webhook {}: {}", name, error.what()));
    return kExitUsage;
  } catch (const std::runtime_error& error) {
    tell(fmt::format("webhook {}: {}", name, error.what()));
    return kExitFailure;
  }
}

void add_contact_options(CLI::App& command, ContactArguments& arguments) {
  command.add_option("CONTACT", arguments.contact_point, "the name of a contact point")->required();
  command.add_option("--rules", arguments.rules, "rules files; the built-in rules without them");
}

void add_render(CLI::App& webhook, int& exit_code) {
  const auto arguments = std::make_shared<ContactArguments>();
  CLI::App* command = webhook.add_subcommand("render", "prints the request that a contact point would make");
  add_contact_options(*command, *arguments);
  std::vector<std::string> samples;
  for (const std::string_view name : sample_names()) samples.emplace_back(name);
  CLI::Option* type =
      command->add_option("--type", arguments->sample, "which sample: " + CLI::detail::join(samples, ", "))
          ->check(CLI::IsMember(samples))
          ->capture_default_str();
  command->add_option("--event", arguments->event_file, "a payload, or an effect log: its first notification")
      ->excludes(type);
  command->add_flag("--strict", arguments->strict, "exit code 1 where the payload's template names what is not there");
  command->add_option("--output", arguments->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  tocsin webhook render slack --rules shop.yaml --type incident.finding\n"
      "  tocsin replay incident.ndjson --output ndjson > log; tocsin webhook render oncall --event log\n"
      "Nothing is sent. Secrets are shown as ***, addresses without what may be a token.\n");
  command->callback([arguments, &exit_code] { exit_code = guarded("render", render, *arguments); });
}

void add_test(CLI::App& webhook, int& exit_code) {
  const auto arguments = std::make_shared<ContactArguments>();
  CLI::App* command = webhook.add_subcommand("test", "sends a test, and shows the answer");
  add_contact_options(*command, *arguments);
  command->footer(
      "Example:\n"
      "  tocsin webhook test pager --rules shop.yaml\n"
      "What is sent says that it is a test. Exit code 0 where it was taken, else 1.\n");
  command->callback([arguments, &exit_code] { exit_code = guarded("test", test, *arguments); });
}

void add_verify(CLI::App& webhook, int& exit_code) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = webhook.add_subcommand("verify", "checks the signature of a webhook that was received");
  command->add_option("BODY", arguments->body_file, "file with the body, byte by byte")->required();
  command->add_option("--secret-file", arguments->secret_file, "file with the secret, whsec_…")->required();
  command->add_option("--header", arguments->headers, "webhook-id, webhook-timestamp and webhook-signature")
      ->required();
  command->add_option("--tolerance", arguments->tolerance, "how far the time may be off")->capture_default_str();
  command->add_option("--now", arguments->now, "instead of the clock's time");
  command->footer(
      "Example:\n"
      "  tocsin webhook verify body.json --secret-file key --header 'webhook-id: evt_1' \\\n"
      "    --header 'webhook-timestamp: 1795168980' --header 'webhook-signature: v1,…'\n"
      "Prints valid, or why not. Exit code 0 where it is valid, else 1.\n");
  command->callback([arguments, &exit_code] { exit_code = guarded("verify", verify_webhook, *arguments); });
}

void add_rotate(CLI::App& webhook, int& exit_code) {
  const auto arguments = std::make_shared<RotateArguments>();
  CLI::App* command =
      webhook.add_subcommand("rotate", "puts a new secret into a file and keeps the old one for a while");
  command->add_option("--secret-file", arguments->secret_file, "file with the secret; made where there is none")
      ->required();
  command->add_option("--overlap", arguments->overlap, "how long both sign")->capture_default_str();
  command->footer(
      "Example:\n"
      "  tocsin webhook rotate --secret-file oncall.key --overlap 24h\n"
      "Prints the lines for the contact point; the secrets themselves stay in the files.\n");
  command->callback([arguments, &exit_code] { exit_code = guarded("rotate", rotate_secret, *arguments); });
}

}  // namespace

void add_webhook_command(CLI::App& app, int& exit_code) {
  CLI::App* webhook = app.add_subcommand("webhook", "shows, tests and signs what contact points send");
  webhook->require_subcommand(1);
  add_render(*webhook, exit_code);
  add_test(*webhook, exit_code);
  add_verify(*webhook, exit_code);
  add_rotate(*webhook, exit_code);
}

}  // namespace tocsin
