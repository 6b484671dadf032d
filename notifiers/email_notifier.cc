#include "notifiers/email_notifier.h"

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "notifiers/fitted_text.h"
#include "notifiers/mail_message.h"
#include "notifiers/message.h"

namespace tocsin {
namespace {

std::vector<std::string> receivers(const ContactPoint& contact) {
  std::vector<std::string> list;
  std::string_view rest = contact.setting("to");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) list.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return list;
}

std::string plain_text(const ContactPoint& contact, const Message& message, const Notification& notification) {
  std::string text = message.title + "\n\n";
  if (!message.text.empty()) text += message.text + "\n\n";
  for (const MessageFact& fact : message.facts) text += fact.name + ": " + fact.value + "\n";
  if (!message.facts.empty()) text += "\n";
  for (const MessageEvidence& one : message.evidence) {
    text += "* " + one.what + "\n";
    if (!one.sample.empty()) text += "    " + one.sample + "\n";
  }
  if (!message.evidence.empty()) text += "\n";
  if (const std::string& link = contact.setting("link"); !link.empty()) text += link + "\n\n";
  return text + "-- \ntocsin, " + to_clock(message.at) + ", " + notification.id + "\n";
}

void escape_html(std::string_view character, std::string& out) {
  if (escape_markup(character, out)) return;
  if (character == "\"") {
    out += "&quot;";
  } else if (character == "'") {
    out += "&#39;";
  } else if (character == "\n") {
    out += "<br>\n";
  } else {
    out += character;
  }
}

std::string html(std::string_view text) {
  return fitted(text, 64'000, TextUnit::kBytes, escape_html);
}

std::string_view colour(const Message& message) {
  if (message.status == MessageStatus::kResolved) return "#2e7d32";
  if (message.status == MessageStatus::kNotice || message.severity == "info") return "#1565c0";
  return message.severity == "critical" ? "#c62828" : "#ef6c00";
}

std::string html_text(const ContactPoint& contact, const Message& message, const Notification& notification) {
  std::string text = "<!DOCTYPE html>\n<html><body style=\"font-family:sans-serif\">\n";
  text += "<h2 style=\"color:" + std::string(colour(message)) + "\">" + html(message.title) + "</h2>\n";
  if (!message.text.empty()) text += "<p>" + html(message.text) + "</p>\n";
  if (!message.facts.empty()) {
    text += "<table>\n";
    for (const MessageFact& fact : message.facts) {
      text += "<tr><th align=\"left\">" + html(fact.name) + "</th><td>" + html(fact.value) + "</td></tr>\n";
    }
    text += "</table>\n";
  }
  if (!message.evidence.empty()) {
    text += "<ul>\n";
    for (const MessageEvidence& one : message.evidence) {
      text += "<li>" + html(one.what);
      if (!one.sample.empty()) text += "<br><code>" + html(one.sample) + "</code>";
      text += "</li>\n";
    }
    text += "</ul>\n";
  }
  if (const std::string& link = contact.setting("link"); !link.empty()) {
    text += "<p><a href=\"" + html(link) + "\">Open</a></p>\n";
  }
  return text + "<p><small>tocsin, " + to_clock(message.at) + ", " + html(notification.id) +
         "</small></p>\n</body></html>\n";
}

}  // namespace

std::string EmailNotifier::problem(const ContactPoint& contact) const {
  if (contact.url.empty()) return "the contact point has no url";
  const std::string scheme = to_lower(contact.url.substr(0, 8));
  if (!scheme.starts_with("smtp://") && !scheme.starts_with("smtps://")) return "the url is neither smtp nor smtps";
  if (!parse_mailbox(contact.setting("from"))) return "'from' is no address";
  const std::vector<std::string> to = receivers(contact);
  if (to.empty()) return "the contact point has no receiver";
  for (const std::string& one : to) {
    if (!parse_mailbox(one)) return "'" + printable(one, 100) + "' is no address";
  }
  return {};
}

HttpRequest EmailNotifier::request(const ContactPoint& contact, const Notification& notification, EventTime now) const {
  const Message message = read_message(notification);
  MailMessage mail;
  mail.from = *parse_mailbox(contact.setting("from"));
  for (const std::string& one : receivers(contact)) mail.to.push_back(*parse_mailbox(one));
  const std::string domain = mail.from.address.substr(mail.from.address.rfind('@') + 1);
  mail.subject = std::string(status_mark(message)) + " " + message.title;
  mail.id = notification.id + "@" + domain;
  mail.thread = content_id("thread", {contact.name, message.key}) + "@" + domain;
  mail.date = now;
  mail.text = plain_text(contact, message, notification);
  mail.html = html_text(contact, message, notification);
  HttpRequest request;
  request.method = "SEND";
  request.url = contact.url;
  request.timeout = contact.timeout;
  request.connection = connection_policy(contact);
  request.body = render_mail(mail);
  request.mail_from = mail.from.address;
  for (const Mailbox& one : mail.to) request.mail_to.push_back(one.address);
  request.user = contact.setting("user");
  request.password = contact.setting("password");
  return request;
}

// SMTP's replies in HTTP's words: a 4yz is worth another try and a 5yz is not, but for a refused login, which a new
// password mends.
AttemptOutcome EmailNotifier::outcome(const HttpResponse& response) const {
  AttemptOutcome outcome = Notifier::outcome(response);
  const int status = response.status;
  if (status < 400) return outcome;
  const bool login = status == 530 || status == 534 || status == 535 || status == 538;
  outcome.status = status < 500 ? 503 : login ? 401 : 422;
  // The reply as it came, for whoever looks for the fault.
  outcome.error = "SMTP status " + std::to_string(status) + (response.error.empty() ? "" : ": " + response.error);
  return outcome;
}

}  // namespace tocsin
