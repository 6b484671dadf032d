#include "notifiers/curl_transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/delivery/contact_point.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostBody = 65'536;
constexpr std::size_t kMostHeader = 16'384;
constexpr const char* kUserAgent = "tocsin/" TOCSIN_VERSION;

bool has_line_break(std::string_view text) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return text.find_first_of(kBreaks) != std::string_view::npos;
}

// 0 would mean "no limit" to libcurl.
long milliseconds(Period period) {
  return static_cast<long>(std::clamp<std::int64_t>(period.ms, 1, std::numeric_limits<int>::max()));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::optional<NetworkAddress> address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return NetworkAddress::v4(bytes);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    NetworkAddress result;
    std::memcpy(result.bytes.data(), &v6.sin6_addr, result.bytes.size());
    return result;
  }
  return std::nullopt;
}

bool is_tls_error(int code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    default:
      return false;
  }
}

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, std::function<void(HttpResponse)> done)
    : request_(std::move(request)), done_(std::move(done)) {
  static_assert(std::tuple_size_v<decltype(error_)> >= CURL_ERROR_SIZE);
}

CurlTransfer::~CurlTransfer() {
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(receivers_);
}

bool CurlTransfer::is_mail() const {
  return to_lower(request_.url.substr(0, 4)) == "smtp";
}

void CurlTransfer::fail(std::string error) {
  response_ = {};
  response_.error = std::move(error);
}

void CurlTransfer::tell() {
  done_(std::move(response_));
}

// --- what is called back
// ----------------------------------------------------------------------------------------------

std::size_t CurlTransfer::on_body(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  std::string& body = static_cast<CurlTransfer*>(self)->response_.body;
  const std::size_t taken = std::min(size, kMostBody - body.size());
  body.append(data, taken);
  // Taking less than offered ends the transfer, so an answer that never ends is cut here.
  return taken;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  HttpResponse& response = transfer->response_;
  const std::string_view line(data, size);
  transfer->header_bytes_ += size;
  if (transfer->header_bytes_ > kMostHeader) return 0;
  if (line.starts_with("HTTP/")) {  // a new answer begins, after a 1xx
    response.retry_after.clear();
    response.date.clear();
    transfer->location_.clear();
    transfer->headers_end_ = false;
    return size;
  }
  transfer->headers_end_ = transfer->headers_end_ || trimmed(line).empty();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const std::string name = to_lower(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "retry-after") response.retry_after = value;
  if (name == "date") response.date = value;
  if (name == "location") transfer->location_ = value;
  return size;
}

std::size_t CurlTransfer::on_read(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const std::string_view rest = std::string_view(transfer->request_.body).substr(transfer->sent_, size);
  std::copy(rest.begin(), rest.end(), data);
  transfer->sent_ += rest.size();
  return rest.size();
}

// Before any packet, with the address itself: no name, no spelling and no second look-up comes between.
int CurlTransfer::on_socket(void* self, int purpose, void* address) {
  const auto* wanted = static_cast<const curl_sockaddr*>(address);
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (purpose != CURLSOCKTYPE_IPCXN) return static_cast<int>(CURL_SOCKET_BAD);
  const std::optional<NetworkAddress> to = address_of(wanted->addr);
  if (!to) {
    transfer->refused_ = "refused to connect to an address that is not of the internet";
    return static_cast<int>(CURL_SOCKET_BAD);
  }
  if (!transfer->may_connect(*to)) return static_cast<int>(CURL_SOCKET_BAD);
  return socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
}

// Before a request goes over a connection. One that was made before for another contact point, which may call what this
// one may not, opens no socket anew.
int CurlTransfer::on_request(void* self, char* remote, char* /*local*/, int /*remote_port*/, int /*local_port*/) {
  const std::string_view text = remote == nullptr ? "" : remote;
  const std::optional<NetworkAddress> to = parse_address(text.substr(0, text.find('%')));
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (to && transfer->may_connect(*to)) return CURL_PREREQFUNC_OK;
  if (!to) transfer->refused_ = "refused to connect to '" + printable(text) + "'";
  return CURL_PREREQFUNC_ABORT;
}

bool CurlTransfer::may_connect(const NetworkAddress& address) {
  // A proxy is named by the user and reached at whatever address it has; what lies behind it is its own business.
  if (request_.connection.any_address || !request_.connection.proxy.empty()) return true;
  const std::string_view problem = address_problem(address, allowed_);
  if (problem.empty()) {
    refused_.clear();
    return true;
  }
  const std::string text = to_text(address);
  refused_ = "refused to connect to " + text + ": " + std::string(problem) + "; to allow it add allow_cidrs: [" + text +
             (address.is_v4() ? "/32]" : "/128]");
  return false;
}

// --- options
// ----------------------------------------------------------------------------------------------------------

bool CurlTransfer::check() {
  // libcurl takes URLs and headers as C strings: a line break in one would smuggle in a header.
  bool broken = has_line_break(request_.url) || has_line_break(request_.method) || has_line_break(request_.mail_from);
  for (const auto& [name, value] : request_.headers) {
    broken = broken || name.empty() || has_line_break(name) || has_line_break(value);
  }
  for (const std::string& receiver : request_.mail_to) broken = broken || has_line_break(receiver);
  if (broken) {
    fail("the request holds a line break");
    return false;
  }
  for (const std::string& text : request_.connection.allow_cidrs) {
    const std::optional<AddressRange> range = parse_cidr(text);
    if (!range) {
      fail("allow_cidrs: '" + printable(text) + "' is no range of addresses");
      return false;
    }
    allowed_.push_back(*range);
  }
  return true;
}

bool CurlTransfer::prepare() {
  if (!check()) return false;
  easy_ = curl_easy_init();
  if (easy_ == nullptr) {
    fail("out of memory");
    return false;
  }
  set_common();
  set_tls();
  if (is_mail()) {
    set_mail();
  } else {
    set_http();
  }
  return true;
}

void CurlTransfer::set_common() {
  const ConnectionPolicy& connection = request_.connection;
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, is_mail() ? "smtp,smtps" : "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, connection.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold up the thread when the request is given up.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connection.connect_timeout));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
  // So that a receiver that moves to another address is found there.
  curl_easy_setopt(easy_, CURLOPT_MAXLIFETIME_CONN, 300L);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      easy_, CURLOPT_OPENSOCKETFUNCTION,
      +[](void* self, curlsocktype purpose, curl_sockaddr* address) -> curl_socket_t {
        return on_socket(self, static_cast<int>(purpose), address);
      });
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
}

void CurlTransfer::set_tls() {
  const ConnectionPolicy& connection = request_.connection;
  const auto set = [&](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy_, option, value.c_str());
  };
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy_, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(CURLOPT_CAINFO, connection.ca_file);
  set(CURLOPT_PROXY_CAINFO, connection.ca_file);
  set(CURLOPT_SSLCERT, connection.client_cert);
  set(CURLOPT_SSLKEY, connection.client_key);
  if (connection.pin_sha256.empty()) return;
  pin_ = connection.pin_sha256.starts_with("sha256//") ? connection.pin_sha256 : "sha256//" + connection.pin_sha256;
  set(CURLOPT_PINNEDPUBLICKEY, pin_);
}

void CurlTransfer::set_http() {
  // An "Expect: 100-continue" would cost a round trip, and some receivers never answer it.
  headers_ = curl_slist_append(headers_, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    std::string line = name;
    line += value.empty() ? ";" : ": ";  // libcurl's way to write an empty header
    line += value;
    headers_ = curl_slist_append(headers_, line.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  // What is for the receiver is not for the proxy.
  curl_easy_setopt(easy_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request_.method == "GET" && request_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void CurlTransfer::set_mail() {
  // A connection is kept for no other mail: its address would have been judged for another contact point.
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy_, CURLOPT_MAIL_FROM, ("<" + request_.mail_from + ">").c_str());
  for (const std::string& receiver : request_.mail_to) {
    receivers_ = curl_slist_append(receivers_, ("<" + receiver + ">").c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_MAIL_RCPT, receivers_);
  // Encryption where the server offers it; a password goes over nothing else.
  const bool secret = !request_.password.empty();
  curl_easy_setopt(easy_, CURLOPT_USE_SSL, static_cast<long>(secret ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!request_.user.empty()) curl_easy_setopt(easy_, CURLOPT_USERNAME, request_.user.c_str());
  if (secret) curl_easy_setopt(easy_, CURLOPT_PASSWORD, request_.password.c_str());
  curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &CurlTransfer::on_read);
  curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
}

// --- the end
// ----------------------------------------------------------------------------------------------------------

std::string CurlTransfer::error_text(int code) const {
  if (!refused_.empty()) return refused_;
  if (header_bytes_ > kMostHeader) return "the answer's headers are longer than 16 KiB";
  if (code == CURLE_OK) return "no answer";
  std::string text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(static_cast<CURLcode>(code));
  return is_tls_error(code) ? "TLS: " + text : text;
}

void CurlTransfer::finish(int code) {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (is_mail()) {
    finish_mail(code, status);
    return;
  }
  // A final status counts even where the body broke off: the receiver has taken the message, or refused it. Where not
  // even the headers came to their end, it may have died over it.
  if (status < 200 || !headers_end_ || header_bytes_ > kMostHeader || !refused_.empty()) {
    fail(error_text(code));
    return;
  }
  response_.status = static_cast<int>(status);
  if (status >= 300 && status < 400 && !location_.empty()) {
    // The rest of the address may hold what is nobody's business.
    const bool elsewhere = location_.find("://") != std::string::npos;
    response_.error = "redirect to " + (elsewhere ? redacted_url(location_) : "another path") +
                      ", which is not followed: change the url";
  }
}

// The server's reply counts where it refused, else whether all of it was taken.
void CurlTransfer::finish_mail(int code, long reply) {
  if (code == CURLE_OK) {
    response_.status = 250;
    return;
  }
  const std::string text = error_text(code);
  const bool refused = reply >= 400 && reply < 600 && !is_tls_error(code) && code != CURLE_OPERATION_TIMEDOUT;
  fail(text);
  if (refused) response_.status = static_cast<int>(reply);
}

}  // namespace tocsin
