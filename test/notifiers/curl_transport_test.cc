#include "notifiers/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <thread>

#include "engine/delivery/base64.h"
#include "engine/delivery/memory_outbox.h"
#include "notifiers/dispatcher.h"
#include "notifiers/signature.h"
#include "test/notifiers/scripted_server.h"

namespace tocsin {
namespace {

using testing::HasSubstr;
using testing::Not;

// Sends one request and polls until its answer is there. The polls return as soon as anything happens.
HttpResponse exchange(const HttpRequest& request) {
  const std::unique_ptr<Transport> transport = make_curl_transport();
  HttpResponse answer;
  bool done = false;
  transport->send(request, [&](HttpResponse response) {
    answer = std::move(response);
    done = true;
  });
  for (int i = 0; i < 1000 && !done; ++i) transport->poll(Period::seconds(10));
  EXPECT_TRUE(done);
  return answer;
}

HttpRequest post_to(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.headers = {{"content-type", "application/json"}, {"x-empty", ""}};
  request.body = R"({"a":1})";
  request.connection.allow_cidrs = {"127.0.0.0/8"};
  return request;
}

TEST(CurlTransport, SendsWhatItIsGivenAndReadsTheAnswer) {
  ScriptedServer server(
      {ScriptedServer::status(200, "Retry-After:  30 \r\ndate: Fri, 20 Nov 2026 10:00:00 GMT\r\n", "thanks")});
  const HttpResponse response = exchange(post_to(server.url("/hook?x=1")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.error, "");
  EXPECT_EQ(response.body, "thanks");
  EXPECT_EQ(response.retry_after, "30");
  EXPECT_EQ(response.date, "Fri, 20 Nov 2026 10:00:00 GMT");
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, testing::StartsWith("POST /hook?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, testing::EndsWith("\r\n\r\n{\"a\":1}"));
  EXPECT_THAT(request, HasSubstr("User-Agent: tocsin/" TOCSIN_VERSION "\r\n"));
  EXPECT_THAT(request, HasSubstr("content-type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("x-empty:"));
  EXPECT_THAT(request, Not(HasSubstr("Expect")));
  EXPECT_THAT(request, Not(HasSubstr("x-www-form-urlencoded")));
}

TEST(CurlTransport, Methods) {
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    ScriptedServer server({ScriptedServer::status(204)});
    HttpRequest request;
    request.url = server.url();
    request.connection.any_address = true;
    request.method = method;
    EXPECT_EQ(exchange(request).status, 204);
    EXPECT_THAT(server.requests().at(0), testing::StartsWith(std::string(method) + " / HTTP/1.1\r\n"));
  }
}

TEST(CurlTransport, RedirectsAreAnswersNotOrders) {
  ScriptedServer other({ScriptedServer::status(200)});
  ScriptedServer server({ScriptedServer::status(302, "Location: " + other.url() + "\r\n")});
  const HttpResponse response = exchange(post_to(server.url()));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.error, "redirect to " + other.url("") + ", which is not followed: change the url");
  EXPECT_TRUE(other.requests().empty());
  ScriptedServer relative({ScriptedServer::status(308, "Location: /token/abc\r\n")});
  EXPECT_EQ(exchange(post_to(relative.url())).error, "redirect to another path, which is not followed: change the url");
}

TEST(CurlTransport, AResetIsNoAnswer) {
  ScriptedServer server({ScriptedServer::Act{}});
  const HttpResponse response = exchange(post_to(server.url()));
  EXPECT_EQ(response.status, 0);
  EXPECT_NE(response.error, "");
}

TEST(CurlTransport, AnEndlessBodyIsCut) {
  ScriptedServer server({{.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", .endless = true}});
  const HttpResponse response = exchange(post_to(server.url()));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), 64U * 1024);
}

TEST(CurlTransport, AnInterimAnswerIsNotTheAnswer) {
  ScriptedServer server({{.answer = "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
                                    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}});
  const HttpResponse response = exchange(post_to(server.url()));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.retry_after, "");
}

TEST(CurlTransport, OnlyHttpIsSpoken) {
  for (const char* url : {"gopher://127.0.0.1/", "ftp://127.0.0.1/", "FILE:///etc/hostname", "no url", ""}) {
    const HttpResponse response = exchange(post_to(url));
    EXPECT_EQ(response.status, 0) << url;
    EXPECT_NE(response.error, "") << url;
    EXPECT_EQ(response.body, "") << url;
  }
}

TEST(CurlTransport, ALineBreakCannotSmuggleAHeader) {
  ScriptedServer server({ScriptedServer::status(200)});
  HttpRequest request = post_to(server.url());
  request.headers.emplace_back("x-a", "b\r\nx-c: d");
  const HttpResponse response = exchange(request);
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "the request holds a line break");
  EXPECT_TRUE(server.requests().empty());
}

TEST(CurlTransport, ATimeoutIsNoAnswer) {
  // Nobody accepts: the connection stands in the listener's queue and no answer ever comes.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  HttpRequest request = post_to("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/");
  request.timeout = Period{5};
  const HttpResponse response = exchange(request);
  close(listener);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("timed out"));
}

TEST(CurlTransport, EndsCleanlyWithARequestUnderWay) {
  ScriptedServer server({ScriptedServer::status(200)});
  const std::unique_ptr<Transport> transport = make_curl_transport();
  bool answered = false;
  transport->send(post_to(server.url()), [&](HttpResponse) { answered = true; });
  EXPECT_FALSE(answered) << "send() never calls back";
}

TEST(CurlTransport, TooLongHeadersAreNoAnswer) {
  ScriptedServer server({ScriptedServer::status(200, "X-Long: " + std::string(17'000, 'x') + "\r\n")});
  const HttpResponse response = exchange(post_to(server.url()));
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "the answer's headers are longer than 16 KiB");
}

TEST(CurlTransport, WakeEndsAPoll) {
  const std::unique_ptr<Transport> transport = make_curl_transport();
  transport->wake();
  EXPECT_EQ(transport->poll(Period::hours(1)), 0U) << "called before";
  std::thread other([&] { transport->wake(); });
  EXPECT_EQ(transport->poll(Period::hours(1)), 0U) << "called meanwhile";
  other.join();
}

// Each spelling of what may not be called is refused before any packet.
TEST(CurlTransport, AddressesThatAreNotPublicAreRefused) {
  ScriptedServer server({ScriptedServer::status(200)});
  const std::string port = server.url("").substr(std::string("http://127.0.0.1").size());
  struct Row {
    const char* host;
    const char* error;
  };
  const Row rows[] = {
      {"127.0.0.1", "refused to connect to 127.0.0.1: a loopback address; to allow it add allow_cidrs: [127.0.0.1/32]"},
      {"localhost", "a loopback address"},
      {"2130706433", "a loopback address"},
      {"0x7f000001", "a loopback address"},
      {"0177.0.0.1", "a loopback address"},
      {"127.1", "a loopback address"},
      {"user@127.0.0.1", "a loopback address"},
      {"0", "refused to connect to 0.0.0.0: an address of this host"},
      {"[::1]", "refused to connect to ::1: a loopback address; to allow it add allow_cidrs: [::1/128]"},
      {"[::ffff:127.0.0.1]", "refused to connect to 127.0.0.1: a loopback address"},
      {"[64:ff9b::7f00:1]", "a loopback address"},
      {"169.254.169.254", "an address of a cloud's metadata service"},
      {"[fd00:ec2::254]", "an address of a cloud's metadata service"},
      {"10.0.0.1", "a private address"},
  };
  for (const Row& row : rows) {
    HttpRequest request = post_to("http://" + std::string(row.host) + port + "/");
    request.connection.allow_cidrs = {"192.168.0.0/16"};
    const HttpResponse response = exchange(request);
    EXPECT_EQ(response.status, 0) << row.host;
    EXPECT_THAT(response.error, HasSubstr(row.error)) << row.host;
  }
  EXPECT_TRUE(server.requests().empty());
  HttpRequest request = post_to(server.url());
  request.connection.allow_cidrs = {"127.0.0.1", "10.0.0.0"};
  EXPECT_EQ(exchange(request).status, 200);
}

TEST(CurlTransport, ARangeThatIsNoneIsToldAndNothingIsSent) {
  HttpRequest request = post_to("http://127.0.0.1:1/");
  request.connection.allow_cidrs = {"127.0.0.1/33"};
  EXPECT_EQ(exchange(request).error, "allow_cidrs: '127.0.0.1/33' is no range of addresses");
}

// A connection that one contact point was allowed to make is not lent to another that may not.
TEST(CurlTransport, AKeptConnectionIsJudgedAgain) {
  const std::string keep_alive = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({{.answer = keep_alive + keep_alive, .endless = false, .hold = true}});
  const std::unique_ptr<Transport> transport = make_curl_transport();
  HttpRequest request = post_to(server.url());
  const auto ask = [&] {
    std::optional<HttpResponse> answer;
    transport->send(request, [&](HttpResponse response) { answer = std::move(response); });
    for (int i = 0; i < 1000 && !answer; ++i) transport->poll(Period::seconds(10));
    return answer.value();
  };
  EXPECT_EQ(ask().status, 200);
  request.connection.allow_cidrs.clear();
  EXPECT_THAT(ask().error, HasSubstr("a loopback address"));
}

TEST(CurlTransport, TheEnvironmentsProxyIsNotUsed) {
  ScriptedServer proxy({ScriptedServer::status(502)});
  ScriptedServer server({ScriptedServer::status(200)});
  setenv("http_proxy", proxy.url().c_str(), 1);
  setenv("ALL_PROXY", proxy.url().c_str(), 1);
  EXPECT_EQ(exchange(post_to(server.url())).status, 200);
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  EXPECT_TRUE(proxy.requests().empty());
}

TEST(CurlTransport, AConfiguredProxyIsUsed) {
  ScriptedServer proxy({ScriptedServer::status(200)});
  HttpRequest request = post_to("http://hooks.example.test/in");
  request.connection.allow_cidrs.clear();
  request.connection.proxy = proxy.url();
  EXPECT_EQ(exchange(request).status, 200);
  EXPECT_THAT(proxy.requests().at(0), testing::StartsWith("POST http://hooks.example.test/in HTTP/1.1\r\n"));
}

// The dispatcher, the notifier and the transport together: a receiver that fails three times gets the same message four
// times, each attempt with a signature of its own.
TEST(Delivery, OverTheWire) {
  ScriptedServer server({ScriptedServer::status(503), ScriptedServer::Act{},
                         ScriptedServer::status(429, "Retry-After: 7\r\n"), ScriptedServer::status(204)});
  const std::string key(32, 'k');
  ContactPoint contact;
  contact.name = "oncall";
  contact.url = server.url();
  contact.allow_cidrs = {"127.0.0.0/8"};
  contact.secrets = {{.value = Secret("whsec_" + encode_base64(key)), .until = {}}};
  EventTime now{1'795'168'980'000};
  std::vector<DeliveryAttempt> attempts;
  const std::unique_ptr<Transport> transport = make_curl_transport();
  MemoryOutbox outbox;
  Dispatcher dispatcher({contact}, outbox, *transport,
                        {.dead_letters = &outbox,
                         .now = [&] { return now; },
                         .random = [] { return 0.0; },
                         .on_attempt =
                             [&](const Delivery&, const DeliveryAttempt& attempt) {
                               attempts.push_back(attempt);
                               now = now + Period::hours(1);
                             }});
  Notification notification;
  notification.id = "evt_1";
  notification.contact_point = "oncall";
  notification.payload = "{\"n\":1}";
  outbox.add(notification, now);
  for (int i = 0; i < 1000 && outbox.pending() > 0; ++i) dispatcher.run_once(Period::seconds(10));
  ASSERT_EQ(attempts.size(), 4U);
  EXPECT_EQ(attempts[0].outcome.status, 503);
  EXPECT_EQ(attempts[1].outcome.status, 0);
  EXPECT_EQ(attempts[2].outcome.retry_after, "7");
  EXPECT_EQ(attempts[3].decision.reason, DeliveryReason::kDelivered);
  const std::vector<std::string> requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string timestamp = std::to_string(1'795'168'980 + 3600 * i);
    EXPECT_THAT(requests[i], HasSubstr("webhook-id: evt_1\r\n"));
    EXPECT_THAT(requests[i], HasSubstr("webhook-timestamp: " + timestamp + "\r\n"));
    EXPECT_THAT(requests[i],
                HasSubstr("webhook-signature: " + webhook_signature(key, {"evt_1", timestamp, "{\"n\":1}"}) + "\r\n"));
  }
}

}  // namespace
}  // namespace tocsin
