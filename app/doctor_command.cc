#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/exit_code.h"
#include "engine/base/text.h"
#include "store/database_inspection.h"
#include "store/owner_lock.h"
#include "store/schema.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

enum class Verdict { kOk, kWarning, kProblem };

struct Finding {
  const char* what;
  Verdict verdict;
  std::string detail;
};
using Findings = std::vector<Finding>;

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarning:
      return "warning";
    case Verdict::kProblem:
      return "problem";
  }
  return "";
}

constexpr std::uint64_t kLittleSpace = 1'000'000'000;
constexpr std::uint64_t kNoSpace = 50'000'000;
constexpr std::uint64_t kLongLog = 256'000'000;
constexpr Period kOldDelivery = Period::hours(24);
constexpr Period kSkew = Period::minutes(1);

std::string size_text(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.0f} kB", number / 1e3);
  return bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", number / 1e6) : fmt::format("{:.2f} GB", number / 1e9);
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

EventTime wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

void check_owner(const std::string& data_dir, Findings& findings) {
  const int owner = OwnerLock::owner_of(data_dir);
  findings.push_back({"owner", Verdict::kOk,
                      owner == 0  ? "no process writes into it"
                      : owner < 0 ? "in use by another process"
                                  : fmt::format("in use by process {}", owner)});
}

void check_permissions(const fs::path& data_dir, Findings& findings) {
  std::string open_to_others, not_mine;
  std::error_code error;
  std::vector<fs::path> paths = {data_dir};
  for (const auto& entry : fs::directory_iterator(data_dir, error)) {
    if (entry.path().filename().string().starts_with("tocsin.db")) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  // A directory that others can't enter protects whatever is in it.
  struct stat status {};
  const bool closed = stat(data_dir.c_str(), &status) == 0 && (status.st_mode & (S_IXOTH | S_IXGRP)) == 0;
  for (const fs::path& path : paths) {
    if (stat(path.c_str(), &status) != 0) continue;
    if (!closed && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) open_to_others += " " + path.filename().string();
    if (access(path.c_str(), R_OK | W_OK) != 0) not_mine += " " + path.filename().string();
  }
  if (!not_mine.empty()) {
    findings.push_back({"permissions", Verdict::kProblem, "can't be read and written by this user:" + not_mine});
  }
  if (!open_to_others.empty()) {
    findings.push_back({"permissions", Verdict::kWarning,
                        "others can read what the logs say:" + open_to_others + " (chmod 700 the directory)"});
  }
  if (not_mine.empty() && open_to_others.empty())
    findings.push_back({"permissions", Verdict::kOk, "as they should be"});
}

void check_space(const fs::path& data_dir, Findings& findings) {
  std::error_code error;
  const fs::space_info space = fs::space(data_dir, error);
  if (error) {
    findings.push_back({"disk", Verdict::kProblem, error.message()});
    return;
  }
  const Verdict verdict = space.available < kNoSpace       ? Verdict::kProblem
                          : space.available < kLittleSpace ? Verdict::kWarning
                                                           : Verdict::kOk;
  findings.push_back({"disk", verdict, size_text(space.available) + " free"});
}

// Files from the future: the clock was set back, and what is due by the clock waits until it has caught up.
void check_clock(const fs::path& data_dir, EventTime now, Findings& findings) {
  std::int64_t newest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_dir, error)) {
    struct stat status {};
    if (stat(entry.path().c_str(), &status) == 0) newest = std::max<std::int64_t>(newest, status.st_mtime);
  }
  const Period ahead = EventTime{newest * 1000} - now;
  if (ahead > kSkew) {
    findings.push_back(
        {"clock", Verdict::kProblem,
         fmt::format("{}, but files were written {} later: was the clock set back?", to_clock(now), to_text(ahead))});
  } else {
    findings.push_back({"clock", Verdict::kOk, to_clock(now)});
  }
}

void check_sizes(const fs::path& data_dir, const DatabaseInspection& database, Findings& findings) {
  findings.push_back({"size", Verdict::kOk,
                      fmt::format("{}, {} of it free; {} events, {} results", size_text(database.bytes),
                                  size_text(database.free_bytes), database.events, database.results)});
  const std::uint64_t log = size_of(data_dir / "tocsin.db-wal");
  findings.push_back({"log", log > kLongLog ? Verdict::kWarning : Verdict::kOk,
                      size_text(log) + (log > kLongLog ? ": does a process keep a long statement open?" : "")});
}

void check_state(const DatabaseInspection& database, Findings& findings) {
  if (database.states.empty()) {
    findings.push_back({"state", Verdict::kOk, "none: no live source has been read"});
  }
  for (const GenerationReport& report : database.states) {
    const char* which = report.generation == 0 ? "newest" : "older";
    if (report.problem.empty()) {
      findings.push_back(
          {"state", Verdict::kOk,
           fmt::format("{}: {}, {} checkpoints", which, size_text(report.engine_bytes), report.checkpoints)});
    } else {
      findings.push_back({"state", Verdict::kProblem, fmt::format("{}: {}", which, report.problem)});
    }
  }
}

void check_deliveries(const DatabaseInspection& database, EventTime now, Findings& findings) {
  for (const auto& [contact_point, totals] : database.deliveries) {
    const Period age = totals.oldest_pending ? now - *totals.oldest_pending : Period{};
    std::string detail = fmt::format("{}: {} pending, {} delivered, {} dead, {} suppressed", printable(contact_point),
                                     totals.pending, totals.delivered, totals.dead, totals.suppressed);
    if (totals.oldest_pending) detail += fmt::format("; the oldest has waited {}", to_text(std::max(age, Period{})));
    findings.push_back(
        {"deliveries", age > kOldDelivery || totals.dead > 0 ? Verdict::kWarning : Verdict::kOk, detail});
  }
  for (const auto& [contact_point, reason] : database.closed) {
    findings.push_back({"closed", Verdict::kProblem,
                        fmt::format("{}: {} (`tocsin deliveries reopen {}`)", printable(contact_point),
                                    printable(reason), printable(contact_point))});
  }
  if (database.dead_letters > 0) {
    findings.push_back({"dead letters", Verdict::kWarning,
                        fmt::format("{} lines could not be parsed (`tocsin dead-letters ls`)", database.dead_letters)});
  }
}

void check_database(const fs::path& data_dir, EventTime now, Findings& findings) {
  const DatabaseInspection database = inspect_database(data_dir.string());
  for (const std::string& fault : database.integrity) {
    findings.push_back({"integrity", Verdict::kProblem, printable(fault)});
  }
  if (!database.problem.empty()) {
    findings.push_back({"database", Verdict::kProblem, printable(database.problem)});
    return;
  }
  if (database.integrity.empty()) findings.push_back({"integrity", Verdict::kOk, "nothing is damaged"});
  const std::int64_t newest = newest_schema_version();
  findings.push_back({"schema", database.schema_version > newest ? Verdict::kProblem : Verdict::kOk,
                      database.schema_version == newest
                          ? fmt::format("version {}", newest)
                          : fmt::format("version {}, this tocsin knows {}{}", database.schema_version, newest,
                                        database.schema_version < newest ? " and changes it at its next start" : "")});
  check_sizes(data_dir, database, findings);
  check_state(database, findings);
  check_deliveries(database, now, findings);
}

int examine(const std::string& data_dir, const std::string& output) {
  Findings findings;
  const EventTime now = wall_time();
  if (!fs::exists(fs::path(data_dir) / "tocsin.db")) {
    findings.push_back({"database", Verdict::kProblem, data_dir + " holds no tocsin.db"});
  } else {
    check_owner(data_dir, findings);
    check_permissions(data_dir, findings);
    check_space(data_dir, findings);
    check_clock(data_dir, now, findings);
    check_database(data_dir, now, findings);
  }
  const auto problems = std::ranges::count(findings, Verdict::kProblem, &Finding::verdict);
  if (output == "json") {
    Json checks = Json::array();
    for (const Finding& finding : findings) {
      checks.push_back({{"check", finding.what}, {"verdict", word_of(finding.verdict)}, {"detail", finding.detail}});
    }
    const Json json = {{"data_dir", data_dir}, {"problems", problems}, {"checks", checks}};
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    for (const Finding& finding : findings) {
      fmt::print("{:<8} {:<13} {}\n", word_of(finding.verdict), finding.what, finding.detail);
    }
  }
  return problems == 0 ? kExitOk : kExitFailure;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  struct Arguments {
    std::string data_dir;
    std::string output = "text";
  };
  CLI::App* command = app.add_subcommand("doctor", "Examines a data directory, and changes nothing");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--data-dir", arguments->data_dir, "which one")->required();
  command->add_option("--output", arguments->output, "what to print")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer("Exit code 1 where there is a problem. Example:\n  tocsin doctor --data-dir /var/lib/tocsin\n");
  command->callback([arguments, &exit_code] { exit_code = examine(arguments->data_dir, arguments->output); });
}

}  // namespace tocsin
