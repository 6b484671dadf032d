// A mail as it goes over the wire: RFC 5322 headers, and text and HTML as the alternatives of MIME. No header can be
// smuggled in: every value is made of single lines, and what is not plain ASCII is encoded. Pure; the date is given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/delivery/mailbox.h"

namespace tocsin {

struct MailMessage {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;
  std::string id;      // of the Message-ID, without the brackets
  std::string thread;  // what all mails of a thread refer to; may be empty
  EventTime date;
  std::string text;
  std::string html;
};

// Lines end in CRLF and are no longer than 998 bytes.
std::string render_mail(const MailMessage& mail);

// RFC 2047: as it is where it is plain ASCII, else as encoded words of at most 75 bytes, folded.
std::string encode_header_text(std::string_view text);
// RFC 2045: lines of at most 76 bytes that end in CRLF.
std::string encode_quoted_printable(std::string_view text);

}  // namespace tocsin
