#include "notifiers/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/delivery/base64.h"
#include "notifiers/delivery_queue.h"
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
    request.method = method;
    EXPECT_EQ(exchange(request).status, 204);
    EXPECT_THAT(server.requests().at(0), testing::StartsWith(std::string(method) + " / HTTP/1.1\r\n"));
  }
}

TEST(CurlTransport, RedirectsAreAnswersNotOrders) {
  ScriptedServer other({ScriptedServer::status(200)});
  ScriptedServer server({ScriptedServer::status(302, "Location: " + other.url() + "\r\n")});
  EXPECT_EQ(exchange(post_to(server.url())).status, 302);
  EXPECT_TRUE(other.requests().empty());
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
  for (const char* url : {"file:///etc/hostname", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "no url", ""}) {
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

// The queue, the notifier and the transport together: a receiver that fails twice gets the same message three times,
// each attempt with a signature of its own.
TEST(Delivery, OverTheWire) {
  ScriptedServer server({ScriptedServer::status(503), ScriptedServer::Act{},
                         ScriptedServer::status(429, "Retry-After: 7\r\n"), ScriptedServer::status(204)});
  const std::string key(32, 'k');
  ContactPoint contact;
  contact.name = "oncall";
  contact.url = server.url();
  contact.secrets = {{.value = Secret("whsec_" + encode_base64(key)), .until = std::nullopt}};
  EventTime now{1'795'168'980'000};
  std::vector<DeliveryReport> reports;
  const std::unique_ptr<Transport> transport = make_curl_transport();
  DeliveryQueue queue({contact}, *transport,
                      {.now = [&] { return now; },
                       .random = [] { return 0.0; },
                       .on_attempt =
                           [&](const DeliveryReport& report) {
                             reports.push_back(report);
                             now = now + Period::hours(1);
                           }});
  queue.push({.id = "evt_1", .contact_point = "oncall", .payload = "{\"n\":1}", .at = now});
  for (int i = 0; i < 1000 && queue.pending() > 0; ++i) queue.run_once(Period::seconds(10));
  ASSERT_EQ(reports.size(), 4U);
  EXPECT_EQ(reports[0].outcome.status, 503);
  EXPECT_EQ(reports[1].outcome.status, 0);
  EXPECT_EQ(reports[2].outcome.retry_after, "7");
  EXPECT_EQ(reports[3].decision.reason, DeliveryReason::kDelivered);
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
