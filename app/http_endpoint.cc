#include "app/http_endpoint.h"

// One thread runs it all: no fences are needed, and ThreadSanitizer does not know them.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tocsin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t kMostConnections = 64;
constexpr std::uint32_t kMostHeaderBytes = 8 << 10;
constexpr std::uint64_t kMostBodyBytes = 1 << 10;
constexpr std::chrono::seconds kPatience{10};  // with a slow client, and with an idle one

tcp::endpoint endpoint_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const asio::ip::address ip = asio::ip::make_address(host, error);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (error || !digits || std::stoul(port) > 65'535) {
    throw std::runtime_error("cannot listen on '" + address + "': write an address and a port, as 127.0.0.1:9464");
  }
  return {ip, static_cast<std::uint16_t>(std::stoul(port))};
}

}  // namespace

struct HttpEndpoint::State {
  explicit State(Paths used_paths) : paths(std::move(used_paths)), acceptor(context) {}

  Paths paths;
  std::uint16_t port = 0;
  std::size_t connections = 0;  // before the context, which ends the sessions that count here
  asio::io_context context{1};
  tcp::acceptor acceptor;
  std::jthread thread;  // last: joined first

  void accept();
  http::response<http::string_body> answer(const http::request<http::string_body>& request) const;
};

namespace {

// One connection; kept alive by what it waits for.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Answer = std::function<http::response<http::string_body>(const http::request<http::string_body>&)>;
  Session(tcp::socket socket, Answer answer, std::function<void()> ended)
      : stream_(std::move(socket)), answer_(std::move(answer)), ended_(std::move(ended)) {}
  ~Session() { ended_(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(kMostBodyBytes);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(beast::error_code error) {
    if (error == http::error::header_limit || error == http::error::body_limit) {
      response_ = {};
      response_.result(error == http::error::header_limit ? http::status::request_header_fields_too_large
                                                          : http::status::payload_too_large);
      response_.keep_alive(false);
      response_.prepare_payload();
    } else if (error) {
      return;
    } else {
      response_ = answer_(parser_->get());
    }
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code failed, std::size_t) {
      if (!failed && self->response_.keep_alive()) return self->read();
      beast::error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMostHeaderBytes + kMostBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  Answer answer_;
  std::function<void()> ended_;
};

}  // namespace

http::response<http::string_body> HttpEndpoint::State::answer(const http::request<http::string_body>& request) const {
  HttpAnswer found;
  const std::string_view target(request.target().data(), request.target().size());
  const auto path = paths.find(target.substr(0, target.find('?')));
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  if (!reads) {
    found = {.status = 405, .body = "only GET and HEAD\n"};
  } else if (path == paths.end()) {
    std::string known;
    for (const auto& entry : paths) known += entry.first + "\n";
    found = {.status = 404, .body = "there is:\n" + known};
  } else {
    found = path->second();
  }
  http::response<http::string_body> response{static_cast<http::status>(found.status), request.version()};
  response.set(http::field::content_type, found.content_type);
  response.set(http::field::cache_control, "no-store");
  if (!reads) response.set(http::field::allow, "GET, HEAD");
  response.keep_alive(request.keep_alive() && reads);
  response.body() = std::move(found.body);
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

void HttpEndpoint::State::accept() {
  acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    // One too many is closed at once: whoever holds the others may be the reason.
    if (!error && connections < kMostConnections) {
      ++connections;
      std::make_shared<Session>(
          std::move(socket), [this](const auto& request) { return answer(request); }, [this] { --connections; })
          ->read();
    }
    accept();
  });
}

HttpEndpoint::HttpEndpoint(const std::string& address, Paths paths)
    : state_(std::make_unique<State>(std::move(paths))) {
  const tcp::endpoint endpoint = endpoint_of(address);
  boost::system::error_code error;
  state_->acceptor.open(endpoint.protocol(), error);
  if (!error) state_->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) state_->acceptor.bind(endpoint, error);
  if (!error) state_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw std::runtime_error("cannot listen on '" + address + "': " + error.message());
  state_->port = state_->acceptor.local_endpoint().port();
  state_->accept();
  state_->thread = std::jthread([state = state_.get()] { state->context.run(); });
}

HttpEndpoint::~HttpEndpoint() {
  state_->context.stop();
}

std::uint16_t HttpEndpoint::port() const {
  return state_->port;
}

}  // namespace tocsin
