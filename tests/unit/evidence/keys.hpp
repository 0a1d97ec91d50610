// Keys of the tests: made once with openssl and cosign, and good for nothing else.
#pragma once

#include <string_view>

namespace whittle::test {

inline constexpr std::string_view ec_pkcs8 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgi4hHz45lX8/A91ox
s9ZDa4HAgDDs3wOR++QRDz10G3ShRANCAAR/6TwL9XecbGEyXRxBWAuKY7jl56jr
DDo2abchS0U+QQxjftwa9jHKumKaoSFMmnhyN5hlk7mFo0TuAuhD/+4w
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view ec_sec1 = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIuIR8+OZV/PwPdaMbPWQ2uBwIAw7N8DkfvkEQ89dBt0oAoGCCqGSM49
AwEHoUQDQgAEf+k8C/V3nGxhMl0cQVgLimO45eeo6ww6Nmm3IUtFPkEMY37cGvYx
yrpimqEhTJp4cjeYZZO5haNE7gLoQ//uMA==
-----END EC PRIVATE KEY-----
)";
inline constexpr std::string_view ec_public = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf+k8C/V3nGxhMl0cQVgLimO45eeo
6ww6Nmm3IUtFPkEMY37cGvYxyrpimqEhTJp4cjeYZZO5haNE7gLoQ//uMA==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view ec_with_parameters = R"(-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIuIR8+OZV/PwPdaMbPWQ2uBwIAw7N8DkfvkEQ89dBt0oAoGCCqGSM49
AwEHoUQDQgAEf+k8C/V3nGxhMl0cQVgLimO45eeo6ww6Nmm3IUtFPkEMY37cGvYx
yrpimqEhTJp4cjeYZZO5haNE7gLoQ//uMA==
-----END EC PRIVATE KEY-----
)";
inline constexpr std::string_view other_pkcs8 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1Y65gEJNPBL4bYpP
a1JKp1hBafiM+caPYDwztVL3tyuhRANCAATvJ1zLx9B6lHpniakx6ftaE8yq3ucO
TcWQOvWB1vfgA5+JtBW1YSmUNBB4oIVBcV/VpEjoplsuymnlrakqdW4k
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view other_public = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7ydcy8fQepR6Z4mpMen7WhPMqt7n
Dk3FkDr1gdb34AOfibQVtWEplDQQeKCFQXFf1aRI6KZbLspp5a2pKnVuJA==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view rsa_1024_public = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDiQQqCTenIadWgRRDTI0TuImiR
6inYBJc6pIRL1/W1Set+mx5bc3x318c+kzxwgIkd41c6LgPlxWsYOXc/8OVo03H6
QeqowOPidAditf+RwtAaxyzQbMFjNX6Y2WQh/Vd5u2kU00iirag57ctcNgKlMSNq
W/RjAT0peUqOX0QzoQIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view rsa_2048 = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC9y/FFtbi6xfU8
rySyAhkaf5aT6HbkD0UPzEaAbdw0njH2g40bn3MBn0BwJ5zz8qa6arNWFRaF3rlw
bsL1AYXvIL1SuDuxyTWaP2AbEj9wfitIPpQYNKe6TB67WToeW3eVtZ/aOBC+kvC7
CcZY/bMZ86+/uXDOCrOwkJKOv1Z1e1Xy6lWPqOi200huGu4rNolvae5BRuhyQRAu
F+6H3MXhNtjaPQXzoxkd6nzawcKjLLPGrPx9tt1cKIjIG+D1UR2PFn6961Fj8aZ+
7zoRGG7sdkBwrYNCcY1JAqidZXvXGrzIT4fY1AkFXLqa9iruzJ7IuW52eTGqFWP9
D7ThZ5uVAgMBAAECggEABQXtREmLcpIDrA/8miN5E5z12MNJxj5rNwBSi1qc/d2D
+ADCTs1ZB112IKHDwycUZ5GkXm5fcrqS0Nl1mnNoXoxQxmwu1EU9gHAV9JF2kV0d
eyOA2uUl3UXfeFjjs2L7VsCAUw+xzcFo0qJvF/La9yBeceYQCLv6xn0FC/cfbCuE
N4X5uU7WiPSeZiPQWUbCFzzUK1+mRMvbYxWlY2KGEUUe5O0vDTjvUpqW6VhJ4eLB
fZB/DINiarJraQY8zNmmLjfE6MXwry4pQIfxvVSn7m/b5Crtk4U9ck7KKBO6XAqb
MxJ+TACMScQhZrUoTYumW6qzgzvc+hgZNgGHL/TbIQKBgQD6F9hqn0a65z6a5KqD
HK52mY5401l7uWuZJJYXzA1YyfbbD37iqI7AOaoy3Oulst3l04rY5ugam2E8x2pI
WKKQ16QNopcKL0K8nfJt9pqf3q5EppJJJwpZfeelF/NXwPDXOMzTFEOPxXgRGL+a
Wi/3tG9jJz9WD8V8t2Qs6D6l0QKBgQDCR4W94Z118MQ5arVYhUEZ2L9IPG/NVGDW
6Es7wac2zptA3bJoTozGxNOoiNbkKdlD1EnTJkciFgmfxR5AHfsSdJhH2Sfux6KG
mB8SnMH1REYgiUQTAKRibPrq5JYpuqk74EoMu+EXILB2nOs3jVAj0ocfBdEcCI2N
X2PFvkOWhQKBgDV7afWLMDYCA7peEjTNqmWEexpNoEI8Kc1rLInUQjptnlPEYY8Z
GsXyzvnnkqExuhBPB89QuewOtGGqB4mHIuS0qMmdro0oBC6P3Gs1pGVx2nSl5nys
U6NFsIb2szxd72MnK24sVDJnuUB2uWrJxJ5FQNjEaN//qWz9TvfnhpYxAoGAXDtq
Qef/QgOolH2VVE4GxweAYAHZLgiV5NDpDph0Eu/pAtV9IknQSXkd5s/3/N/lNm9t
EOIGOSdvMDt7jgLttChINyvf6ls6TF2hustSxWbBSCcCe2b9o4CLasJUi8EDINrt
LLhxNvKc8+KxRHFBD5Cd91til8Vzth8IFdOq8KUCgYEA1JFZiASmbblcQyjrRZaG
NUJR+I3Z5Rh0DGcrOwA7gZeQg0pYcDYvY1sfz2VpetyMsnsdHf/0v7MKVh3rs8za
ygVdtrV4HezyEdbJKTD3OBgpkVPXNcGfLD+1BfcJ7uZdcYpO75FUeR8k6fkB9i+C
lMOc2Y44VfJECiITN953snk=
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view rsa_2048_public = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvcvxRbW4usX1PK8ksgIZ
Gn+Wk+h25A9FD8xGgG3cNJ4x9oONG59zAZ9AcCec8/KmumqzVhUWhd65cG7C9QGF
7yC9Urg7sck1mj9gGxI/cH4rSD6UGDSnukweu1k6Hlt3lbWf2jgQvpLwuwnGWP2z
GfOvv7lwzgqzsJCSjr9WdXtV8upVj6jottNIbhruKzaJb2nuQUbockEQLhfuh9zF
4TbY2j0F86MZHep82sHCoyyzxqz8fbbdXCiIyBvg9VEdjxZ+vetRY/Gmfu86ERhu
7HZAcK2DQnGNSQKonWV71xq8yE+H2NQJBVy6mvYq7syeyLludnkxqhVj/Q+04Web
lQIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view ed25519_public = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAzqBQrB/8NVpCNm5k6xs3hsfi1HNuk7R8fPh+lRmGIaM=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view p384_public = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEg94s//yOLBsM25ALRb8XPhQ/JeI0FEBZ
tv6LinojGy3TgE5V+ds9GPg+znMegWxfu8h3QdD3u5jGavC5eAEmZvVRpV6VFwZG
m7IAQVUa0X80twFlUZCByWPk2CuxW/zW
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view certificate = R"(-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUZF55nb0bOxMX8WPRY3IjU79VyagwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjgwNzAzMThaFw0zNjExMjUwNzAzMThaMAwx
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR/6TwL9XecbGEy
XRxBWAuKY7jl56jrDDo2abchS0U+QQxjftwa9jHKumKaoSFMmnhyN5hlk7mFo0Tu
AuhD/+4wo1MwUTAdBgNVHQ4EFgQUYFc3XpfE6zS1TmW2UMYXI9s4+pMwHwYDVR0j
BBgwFoAUYFc3XpfE6zS1TmW2UMYXI9s4+pMwDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiEAnkrHXoAmPAqQbd4o8jVIpleEb2vEBch3D7eiIYzkAasC
IFGI4OlDFqtVuO6EZXajtPPPSedmhXMD/SGQCyTnItWT
-----END CERTIFICATE-----
)";
// The key of ec_pkcs8 as `cosign import-key-pair` encrypts it, with the password `secret`.
inline constexpr std::string_view cosign_key = R"(-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJGZjd4ZGVkZWpNYVhjOVh3OEd0S3NoYnhZT21zVlZN
UW5BZVpacWZTSXJNPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJwVVlsWmRjMXpuRDVBUVowcTY1RThwME12YXk4ZUU2dyJ9LCJj
aXBoZXJ0ZXh0IjoiczgzdGdKOUVEMUduaE50Z01sOGU1TGV5S3NvMWdSdUYwVHRR
cGlhdThrbmtDajhuakFDQ3FrVUZ2MnJGQlJRSm9TdVVidE5JL2J1b29SMmp1OUZq
NHZWaEkvWGIxTDBLRWNjMGtlN3U0bVdEbVBkOEZyMVA2bGR4ZkpWajNnRXMxNU1P
d0t1MjdMQVhydFlaNE9xUk5tYUlReEFuT1d3NXlzVzF6blZkNHN6U1pyMTBxTm4z
SDM3MmxhTG9kZVlicXV1b1psOHBDWWREbFE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
)";

}  // namespace whittle::test
