// A self-signed certificate for 127.0.0.1 or another name, in a file that also holds its key.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "engine/base/ensure.h"
#include "engine/delivery/base64.h"

namespace tocsin {

struct CertificateOptions {
  std::string path;                              // of the file that is written
  std::string subject_name = "IP:127.0.0.1";     // subjectAltName
  long valid_from_s = -3600, valid_to_s = 3600;  // from now
};

// Returns the base64 of the public key's SHA-256, as it is pinned.
inline std::string write_certificate(const CertificateOptions& options) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  ENSURE(key && certificate);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.valid_to_s);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>("tocsin test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, options.subject_name.c_str());
  ENSURE(extension != nullptr);
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  ENSURE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  FILE* file = std::fopen(options.path.c_str(), "w");
  ENSURE(file != nullptr);
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  ENSURE(size > 0);
  unsigned char digest[32];
  ENSURE(EVP_Digest(der, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr) == 1);
  OPENSSL_free(der);
  return encode_base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace tocsin
