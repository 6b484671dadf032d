// What a receiver may do wrong, each against a real socket: what follows from it, that the next attempt carries the
// same id and a new timestamp, and that another contact point gets its own meanwhile. The clock is a fake one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/delivery/memory_outbox.h"
#include "notifiers/curl_transport.h"
#include "notifiers/dispatcher.h"
#include "test/notifiers/scripted_server.h"

namespace tocsin {
namespace {

using Act = ScriptedServer::Act;

struct Fault {
  std::string name;
  Act act;
  DeliveryStep step = DeliveryStep::kRetry;
  DeliveryReason reason{};
  int status = 0;
  std::string error;       // part of it
  Period soonest, latest;  // of the next attempt, after the failed one
};

// So that Retry-After's date is 90 s after the receiver's own clock, which is years behind ours.
const std::string kSkewed = "Date: Tue, 06 Nov 2001 08:48:07 GMT\r\nRetry-After: Tue, 06 Nov 2001 08:49:37 GMT\r\n";

std::vector<Fault> faults() {
  using enum DeliveryStep;
  using enum DeliveryReason;
  const Period second = Period::seconds(1);
  const Period slow_least = Period::minutes(4), slow_most = Period::minutes(6);
  const auto status = [](int code, const std::string& headers = {}) { return ScriptedServer::status(code, headers); };
  return {
      {"error_500", status(500), kRetry, kServerBusy, 500, "", {}, second},
      {"error_503", status(503), kRetry, kServerBusy, 503, "", {}, second},
      {"busy_for_seconds", status(429, "Retry-After: 120\r\n"), kRetry, kServerBusy, 429, "", Period::seconds(120),
       Period::seconds(132)},
      {"busy_until_a_date", status(503, kSkewed), kRetry, kServerBusy, 503, "", Period::seconds(90),
       Period::seconds(99)},
      {"busy_for_nonsense", status(429, "Retry-After: tomorrow\r\n"), kRetry, kServerBusy, 429, "", {}, second},
      {"busy_for_years", status(429, "Retry-After: 99999999999\r\n"), kRetry, kServerBusy, 429, "", Period::hours(24),
       Period::hours(27)},
      {"reset", Act{}, kRetry, kNoAnswer, 0, "", {}, second},
      {"never_answers", {.answer = "H", .endless = false, .hold = true}, kRetry, kNoAnswer, 0, "timed out", {}, second},
      {"slow_headers",
       {.answer = "HTTP/1.1 200 OK\r\nX-A: b\r\nX-", .endless = false, .hold = true},
       kRetry,
       kNoAnswer,
       0,
       "",
       {},
       second},
      {"no_http", {.answer = "SSH-2.0-OpenSSH_9.2\r\n"}, kRetry, kNoAnswer, 0, "", {}, second},
      {"half_a_body",
       {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"},
       kDone,
       kDelivered,
       200,
       "",
       {},
       {}},
      {"endless_body", {.answer = "HTTP/1.1 200 OK\r\n\r\n", .endless = true}, kDone, kDelivered, 200, "", {}, {}},
      {"endless_body_of_an_error",
       {.answer = "HTTP/1.1 500 No\r\n\r\n", .endless = true},
       kRetry,
       kServerBusy,
       500,
       "",
       {},
       second},
      {"endless_headers",
       {.answer = "HTTP/1.1 200 OK\r\nX-Long: ", .endless = true},
       kRetry,
       kNoAnswer,
       0,
       "",
       {},
       second},
      {"redirect_to_metadata", status(307, "Location: http://169.254.169.254/latest/meta-data/\r\n"), kRetry,
       kRedirected, 307, "redirect to http://169.254.169.254/…", slow_least, slow_most},
      {"unauthorized", status(401), kRetry, kRefused, 401, "", slow_least, slow_most},
      {"missing", status(404), kRetry, kRefused, 404, "", slow_least, slow_most},
      {"bad_request", status(400), kDeadLetter, kCannotSucceed, 400, "", {}, {}},
      {"too_large", status(413), kDeadLetter, kCannotSucceed, 413, "", {}, {}},
      {"gone", status(410), kDeadLetter, kGone, 410, "", {}, {}},
  };
}

class FaultTest : public testing::TestWithParam<Fault> {};

ContactPoint contact(const std::string& name, const std::string& url) {
  ContactPoint made;
  made.name = name;
  made.url = url;
  made.timeout = Period{300};
  made.allow_cidrs = {"127.0.0.0/8"};
  return made;
}

Notification notification(const std::string& id, const std::string& to) {
  Notification made;
  made.id = id;
  made.contact_point = to;
  made.order_key = "alarm";
  made.payload = "{}";
  return made;
}

std::string header(const std::string& request, const std::string& name) {
  const std::size_t begin = request.find(name + ": ");
  return begin == std::string::npos ? "" : request.substr(begin, request.find("\r\n", begin) - begin);
}

TEST_P(FaultTest, HasItsConsequenceAndHarmsNobodyElse) {
  const Fault& fault = GetParam();
  ScriptedServer faulty({fault.act, ScriptedServer::status(204)});
  ScriptedServer healthy({ScriptedServer::status(204), ScriptedServer::status(204)});
  const std::unique_ptr<Transport> transport = make_curl_transport();
  MemoryOutbox outbox;
  EventTime now{1'795'168'980'000};
  std::vector<DeliveryAttempt> faulty_attempts;
  int healthy_delivered = 0;
  Dispatcher dispatcher({contact("faulty", faulty.url()), contact("healthy", healthy.url())}, outbox, *transport,
                        {.dead_letters = &outbox,
                         .now = [&] { return now; },
                         .random = [] { return 0.5; },
                         .on_attempt =
                             [&](const Delivery& delivery, const DeliveryAttempt& attempt) {
                               if (delivery.notification.contact_point == "faulty") {
                                 faulty_attempts.push_back(attempt);
                               } else {
                                 healthy_delivered += attempt.decision.reason == DeliveryReason::kDelivered ? 1 : 0;
                               }
                             }});
  const auto run_until = [&](const std::function<bool()>& done) {
    for (int i = 0; i < 1000 && !done(); ++i) dispatcher.run_once(Period::seconds(1));
    return done();
  };
  outbox.add(notification("evt_1", "faulty"), now);
  for (const char* id : {"evt_2", "evt_3"}) outbox.add(notification(id, "healthy"), now);
  dispatcher.wake();
  ASSERT_TRUE(run_until([&] { return healthy_delivered == 2 && !faulty_attempts.empty(); }));
  const DeliveryAttempt& first = faulty_attempts[0];
  ASSERT_EQ(first.decision.step, fault.step) << first.outcome.error;
  EXPECT_EQ(first.decision.reason, fault.reason);
  EXPECT_EQ(first.outcome.status, fault.status);
  EXPECT_THAT(first.outcome.error, testing::HasSubstr(fault.error));
  EXPECT_LE(first.reply.size(), 1024U);
  if (fault.step != DeliveryStep::kRetry) {
    EXPECT_EQ(outbox.pending(), 0U);
    return;
  }
  EXPECT_GE(first.decision.at, now + fault.soonest);
  EXPECT_LE(first.decision.at, now + fault.latest);
  now = std::max(first.decision.at, now + Period::seconds(1));
  dispatcher.wake();
  ASSERT_TRUE(run_until([&] { return faulty_attempts.size() == 2; }));
  EXPECT_EQ(faulty_attempts[1].decision.reason, DeliveryReason::kDelivered);
  const std::vector<std::string> requests = faulty.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(header(requests[0], "webhook-id"), "webhook-id: evt_1");
  EXPECT_EQ(header(requests[1], "webhook-id"), "webhook-id: evt_1");
  EXPECT_NE(header(requests[0], "webhook-timestamp"), header(requests[1], "webhook-timestamp"));
}

INSTANTIATE_TEST_SUITE_P(Receivers, FaultTest, testing::ValuesIn(faults()),
                         [](const testing::TestParamInfo<Fault>& row) { return row.param.name; });

// Nothing listens there.
TEST(Fault, AReceiverThatIsDown) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url();
  }
  const std::unique_ptr<Transport> transport = make_curl_transport();
  MemoryOutbox outbox;
  EventTime now{1'795'168'980'000};
  std::vector<DeliveryAttempt> attempts;
  Dispatcher dispatcher({contact("a", url)}, outbox, *transport,
                        {.dead_letters = &outbox,
                         .now = [&] { return now; },
                         .random = [] { return 0.5; },
                         .on_attempt = [&](const Delivery&, const DeliveryAttempt& one) { attempts.push_back(one); }});
  outbox.add(notification("evt_1", "a"), now);
  while (attempts.size() < 3) {
    dispatcher.run_once(Period::seconds(1));
    if (!attempts.empty()) now = attempts.back().decision.at;
    dispatcher.wake();
  }
  for (const DeliveryAttempt& attempt : attempts) {
    EXPECT_EQ(attempt.decision.reason, DeliveryReason::kNoAnswer);
    EXPECT_THAT(attempt.outcome.error, testing::HasSubstr("Failed to connect"));
  }
  EXPECT_EQ(outbox.pending(), 1U);
}

}  // namespace
}  // namespace tocsin
