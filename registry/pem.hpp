// Certificates and private keys in PEM, checked before a connection is tried with them: what OpenSSL says of
// a file that is wrong names neither the file nor the fault.
#pragma once

#include <filesystem>
#include <string>

namespace whittle::registry {

// A file of certificates, as it is. Error(auth) naming the file when it cannot be read or holds none.
std::string read_certificates(const std::filesystem::path& file);

// A file with one private key. Error(auth) naming the file when it cannot be read, is encrypted, or holds
// none.
std::string read_private_key(const std::filesystem::path& file);

// Whether `key` is that of the first certificate; both as the functions above gave them.
bool is_pair(const std::string& certificates, const std::string& key);

}  // namespace whittle::registry
