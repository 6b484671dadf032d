// The commands that look into a data directory and mend it, on one that was filled by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "store/owner_lock.h"
#include "store/result_store.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"
#include "store/state_store.h"
#include "store/statement.h"
#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

constexpr EventTime kNow{1'795'200'000'000};  // 2026-11-20T18:40:00Z

class StoreCommands : public testing::Test {
 protected:
  ProgramResult ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", data_dir});
    return run_tocsin({.arguments = std::move(arguments)});
  }
  void add(const std::string& id, const std::string& contact, Disposition disposition = Disposition::kSend) {
    Notification notification{.id = id,
                              .contact_point = contact,
                              .type = "alarm.state_changed",
                              .order_key = "error-rate/payment",
                              .payload = R"({"type":"alarm.state_changed"})",
                              .at = kNow,
                              .labels = {{"service", "payment"}}};
    notification.disposition = disposition;
    if (disposition != Disposition::kSend) notification.reason = "silence sil_1 (night shift)";
    outbox.add(notification, kNow);
  }
  void end_first(const std::string& contact, DeliveryStep step, int status) {
    const std::vector<Delivery> due = outbox.due(contact, kNow, 1, {});
    ASSERT_EQ(due.size(), 1U);
    const DeliveryAttempt attempt{.sequence = due[0].sequence,
                                  .attempt = due[0].attempts + 1,
                                  .at = kNow,
                                  .took = Period{12},
                                  .outcome = {.status = status},
                                  .reply = "no\x1b[31m thanks",
                                  .decision = {.step = step, .reason = DeliveryReason::kCannotSucceed, .at = kNow}};
    outbox.record({&attempt, 1});
  }
  void add_dead_letter(const std::string& id, const std::string& raw) {
    const Json json = {{"type", "dead_letter"},
                       {"at", "2026-11-20T18:40:00.000Z"},
                       {"reason", "broken_json"},
                       {"file", "/var/log/payment.log"},
                       {"line", 7},
                       {"offset", 700},
                       {"raw", raw}};
    ResultStore(database).put({"dead_letter", id, kNow, "broken_json", json.dump()});
  }
  std::string events() {
    std::string text;
    Statement rows(database.handle(), "SELECT time,service,message,line FROM event ORDER BY time");
    while (rows.step()) {
      text += std::to_string(rows.integer(0)) + " " + std::string(rows.text(1)) + " " + std::string(rows.text(2)) +
              " " + std::to_string(rows.integer(3)) + "\n";
    }
    return text;
  }

  std::string data_dir = scratch_folder(testing::UnitTest::GetInstance()->current_test_info()->name()) + "/data";
  Database database = Database::open(data_dir);
  SqliteOutbox outbox{database};
};

TEST_F(StoreCommands, DeliveriesAreListedAndShown) {
  add("evt_1", "oncall");
  add("evt_2", "oncall", Disposition::kSilenced);
  add("evt_3", "chat");
  end_first("oncall", DeliveryStep::kDeadLetter, 422);
  const ProgramResult all = ask({"deliveries", "ls"});
  EXPECT_EQ(lines_of(all.out).size(), 3U);
  EXPECT_THAT(all.out, HasSubstr("dead        evt_1  oncall  alarm.state_changed  error-rate/payment  1 attempts  "
                                 "status 422"));
  EXPECT_THAT(ask({"deliveries", "ls", "--state", "pending"}).out, HasSubstr("evt_3"));
  EXPECT_EQ(lines_of(ask({"deliveries", "ls", "--contact-point", "oncall"}).out).size(), 2U);
  EXPECT_EQ(ask({"deliveries", "ls", "--from", "2026-11-20T18:40:01Z"}).out, "");
  EXPECT_EQ(ask({"deliveries", "ls", "--from", "soon"}).exit_code, 2);
  const Json json = Json::parse(ask({"deliveries", "ls", "--output", "json"}).out);
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[1]["state"], "suppressed");
  EXPECT_EQ(json[1]["decision_reason"], "silence sil_1 (night shift)");
  EXPECT_EQ(ask({"deliveries", "ls", "--id", "none", "--output", "json"}).out, "[]\n");

  const ProgramResult shown = ask({"deliveries", "show", "evt_1"});
  EXPECT_EQ(shown.exit_code, 0);
  for (const char* part : {"evt_1 to oncall: dead", "service=payment", "status 422 (cannot_succeed) -> given up",
                           "reply: no\\x1b[31m thanks", "\"type\": \"alarm.state_changed\""}) {
    EXPECT_THAT(shown.out, HasSubstr(part));
  }
  EXPECT_THAT(ask({"deliveries", "show", "evt_2"}).out, HasSubstr("silenced: silence sil_1 (night shift)"));
  EXPECT_EQ(Json::parse(ask({"deliveries", "show", "evt_1", "--output", "ndjson"}).out)["history"][0]["status"], 422);
  EXPECT_EQ(ask({"deliveries", "show", "evt_9"}).exit_code, 1);
}

TEST_F(StoreCommands, DeadDeliveriesAreRedriven) {
  add("evt_1", "oncall");
  end_first("oncall", DeliveryStep::kDeadLetter, 410);
  add("evt_2", "oncall");
  outbox.close("oncall", "410 Gone", kNow);
  EXPECT_EQ(ask({"deliveries", "redrive", "--dry-run"}).out, "2 would be delivered again\n");
  EXPECT_EQ(ask({"deliveries", "redrive", "--id", "evt_1", "--to-contact", "chat"}).out,
            "1 are delivered again to chat\n");
  EXPECT_EQ(outbox.due("chat", {INT64_MAX}, 9, {}).at(0).notification.id, "evt_1");
  EXPECT_THAT(ask({"deliveries", "redrive", "--dry-run"}).err,
              HasSubstr("contact point 'oncall' is closed (410 Gone)"));
  EXPECT_EQ(ask({"deliveries", "reopen", "oncall"}).exit_code, 0);
  EXPECT_EQ(ask({"deliveries", "reopen", "oncall"}).exit_code, 1);
  EXPECT_EQ(
      Json::parse(ask({"deliveries", "redrive", "--contact-point", "oncall", "--output", "json"}).out)["redriven"], 2);
  EXPECT_EQ(outbox.due("oncall", {INT64_MAX}, 9, {}).at(0).notification.id, "evt_1");
}

TEST_F(StoreCommands, DeadLinesAreParsedAgain) {
  add_dead_letter("f:1", R"(time=2026-11-20T10:00:01Z level=ERROR msg="card declined" latency_ms=12)");
  add_dead_letter("f:2", "{broken");
  add_dead_letter("f:3", R"({"timestamp":"2026-11-20T10:00:02Z","level":"ERROR","message":"m","service":"cart"})");
  add_dead_letter("f:4", R"({"timestamp":"2026-11-20T10:00:03Z","level":"INFO","message":"not selected"})");
  EXPECT_THAT(ask({"dead-letters", "ls"}).out,
              HasSubstr("/var/log/payment.log:7 at byte 700: broken_json: {broken  [f:2]"));
  EXPECT_EQ(Json::parse(ask({"dead-letters", "show", "f:2"}).out)["raw"], "{broken");
  EXPECT_EQ(ask({"dead-letters", "show", "f:9"}).exit_code, 1);
  const Json dry = Json::parse(ask({"dead-letters", "redrive", "--dry-run", "--output", "json"}).out);
  EXPECT_EQ(dry["parsed"], 3);
  EXPECT_EQ(dry["stored"], 2);
  EXPECT_EQ(dry["kept"], 1);
  EXPECT_EQ(events(), "");
  EXPECT_EQ(ask({"dead-letters", "redrive", "--file", "*cart*"}).out,
            "0 lines became events, 0 of them in the categorized store\n0 lines stay dead letters\n");
  EXPECT_THAT(ask({"dead-letters", "redrive"}).out, HasSubstr("3 lines became events, 2 of them in the categorized"));
  EXPECT_EQ(events(), "1795168801000 payment card declined 7\n1795168802000 cart m 7\n");
  EXPECT_EQ(lines_of(ask({"dead-letters", "ls"}).out).size(), 1U);
  EXPECT_THAT(ask({"dead-letters", "redrive"}).out, HasSubstr("0 lines became events"));
  EXPECT_EQ(ask({"dead-letters", "redrive", "--format", "xml"}).exit_code, 2);
}

TEST_F(StoreCommands, TheDoctorFindsWhatIsWrong) {
  StateStore(database).put("state", {{"tail", "a", "1"}});
  const ProgramResult healthy = ask({"doctor"});
  EXPECT_EQ(healthy.exit_code, 0) << healthy.out;
  for (const char* part : {"nothing is damaged", "newest: ", "1 checkpoints", "as they should be"}) {
    EXPECT_THAT(healthy.out, HasSubstr(part));
  }
  EXPECT_THAT(healthy.out, Not(HasSubstr("problem")));

  const OwnerLock lock(data_dir);
  EXPECT_THAT(ask({"doctor"}).out, HasSubstr("in use by process " + std::to_string(getpid())));
  std::filesystem::permissions(data_dir, std::filesystem::perms(0755));
  EXPECT_THAT(ask({"doctor"}).out, HasSubstr("others can read what the logs say"));
  execute(database.handle(), "UPDATE engine_state SET engine=x'00'");
  add("evt_1", "oncall");
  outbox.close("oncall", "410 Gone", kNow);
  const ProgramResult ill = ask({"doctor", "--output", "json"});
  EXPECT_EQ(ill.exit_code, 1);
  const Json json = Json::parse(ill.out);
  EXPECT_EQ(json["problems"], 2);
  EXPECT_THAT(ill.out, HasSubstr("newest: the engine's state is damaged"));
  EXPECT_THAT(ill.out, HasSubstr("oncall: 410 Gone"));
  EXPECT_EQ(run_tocsin({.arguments = {"doctor", "--data-dir", data_dir + "/none"}}).exit_code, 1);
}

}  // namespace
}  // namespace tocsin
