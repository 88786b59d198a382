// SPDX-License-Identifier: MIT
// Descriptions as products write them, for the tests of this folder.
#pragma once

#include <string_view>

namespace junctor::cp::samples {

// An Asterisk 1.6 towards a mediation server.
inline constexpr std::string_view kAsteriskOffer =
    "v=0\r\n"
    "o=root 304001039 304001039 IN IP4 192.168.100.10\r\n"
    "s=Asterisk PBX 1.6.2.7\r\n"
    "c=IN IP4 192.168.100.10\r\n"
    "t=0 0\r\n"
    "m=audio 11954 RTP/AVP 0 3 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-16\r\n"
    "a=silenceSupp:off - - - -\r\n"
    "a=ptime:20\r\n"
    "a=sendrecv\r\n";

// The answer of a Lync 2010 mediation server.
inline constexpr std::string_view kLyncAnswer =
    "v=0\r\n"
    "o=- 8 1 IN IP4 192.168.100.21\r\n"
    "s=session\r\n"
    "c=IN IP4 192.168.100.21\r\n"
    "b=CT:1000\r\n"
    "t=0 0\r\n"
    "m=audio 62602 RTP/AVP 0 101\r\n"
    "c=IN IP4 192.168.100.21\r\n"
    "a=rtcp:62603\r\n"
    "a=label:Audio\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-16\r\n"
    "a=ptime:20\r\n";

// Its hold: inactive, a new version.
inline constexpr std::string_view kLyncHold =
    "v=0\r\n"
    "o=- 8 3 IN IP4 192.168.100.21\r\n"
    "s=session\r\n"
    "c=IN IP4 192.168.100.21\r\n"
    "b=CT:1000\r\n"
    "t=0 0\r\n"
    "m=audio 62602 RTP/AVP 0 101\r\n"
    "c=IN IP4 192.168.100.21\r\n"
    "a=rtcp:62603\r\n"
    "a=inactive\r\n"
    "a=label:Audio\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-16\r\n"
    "a=ptime:20\r\n";

// Avaya Aura: telephone-event is 120, ptime 60, attributes of its own.
inline constexpr std::string_view kAvayaOffer =
    "v=0\r\n"
    "o=- 1574175812 1 IN IP4 10.10.1.20\r\n"
    "s=-\r\n"
    "c=IN IP4 10.10.1.20\r\n"
    "b=TIAS:64000\r\n"
    "t=0 0\r\n"
    "a=avf:avc=n prio=n\r\n"
    "a=csup:avf-v0\r\n"
    "m=audio 2056 RTP/AVP 0 18 120\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:18 G729/8000\r\n"
    "a=fmtp:18 annexb=no\r\n"
    "a=rtpmap:120 telephone-event/8000\r\n"
    "a=ptime:60\r\n"
    "a=sendrecv\r\n";

// Cisco CUCM holds as RFC 2543 did, and inactive beside it.
inline constexpr std::string_view kCucmHold =
    "v=0\r\n"
    "o=CiscoSystemsCCM-SIP 2810 2 IN IP4 10.1.1.5\r\n"
    "s=SIP Call\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "b=TIAS:64000\r\n"
    "b=AS:64\r\n"
    "t=0 0\r\n"
    "m=audio 24580 RTP/AVP 0 101\r\n"
    "a=X-cisco-media:umoh\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=ptime:20\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\n";

// Teams: SRTP only, ICE.
inline constexpr std::string_view kTeamsOffer =
    "v=0\r\n"
    "o=- 245612 0 IN IP4 127.0.0.1\r\n"
    "s=session\r\n"
    "c=IN IP4 52.114.250.123\r\n"
    "b=CT:10000000\r\n"
    "t=0 0\r\n"
    "m=audio 53010 RTP/SAVP 104 9 103 111 18 0 8 97 101 13 118\r\n"
    "c=IN IP4 52.114.250.123\r\n"
    "a=rtcp:53011\r\n"
    "a=ice-ufrag:kP24\r\n"
    "a=ice-pwd:EbzxVTcNGYVOUKjCuYSQPSd9\r\n"
    "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:qL0+rVCqMyqmfD0N0ydJZ5HbRQHPBwRLcPjYeHAj|2^31\r\n"
    "a=rtpmap:104 SILK/16000\r\n"
    "a=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n";

// A carrier that offers T.38 beside the audio in the first INVITE.
inline constexpr std::string_view kT38Offer =
    "v=0\r\n"
    "o=- 45 45 IN IP4 46.19.209.14\r\n"
    "s=-\r\n"
    "c=IN IP4 46.19.209.14\r\n"
    "t=0 0\r\n"
    "m=image 40004 udptl t38\r\n"
    "a=T38FaxVersion:0\r\n"
    "a=T38FaxFillBitRemoval:0\r\n"
    "m=audio 40002 RTP/AVP 8 0 18 100 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:18 G729/8000\r\n"
    "a=rtpmap:100 X-NSE/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\n"
    "a=direction:both\r\n"
    "m=video 40006 RTP/AVP 31\r\n";

// A browser's gateway over IPv6 with feedback, rtcp-mux and Opus.
inline constexpr std::string_view kIpv6Offer =
    "v=0\r\n"
    "o=- 20518 0 IN IP6 2001:db8::22\r\n"
    "s=-\r\n"
    "t=0 0\r\n"
    "m=audio 54400 RTP/AVPF 109 0 101\r\n"
    "c=IN IP6 2001:db8::22\r\n"
    "a=mid:1\r\n"
    "a=rtpmap:109 opus/48000/2\r\n"
    "a=fmtp:109 useinbandfec=1;stereo=0\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=rtcp-fb:109 nack\r\n"
    "a=rtcp-mux\r\n"
    "a=maxptime:60\r\n"
    "a=sendrecv\r\n";

}  // namespace junctor::cp::samples
