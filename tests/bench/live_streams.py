"""The streams that players watch: films with frame numbers and a beep at each second, made once, and for each kind of
stream a sender (live_sender.c) with the servers that usually stand behind it."""
import json, os, subprocess, sys, time, urllib.request

from live_stage import free_port, last_words, wait_until
from network import BUILD, stop

FILMS = "out/bench/films"
FPS, GOP = 30, 60
SECONDS = 32        # of a film: 16 GOPs, 1500 packets of AAC, 1600 of Opus, so that nothing is cut where it repeats
FRAMES = SECONDS * FPS
BEEP = "if(lt(mod(t,1),0.05),0.5*sin(2*PI*1000*t),0)"
HERE = os.path.dirname(os.path.abspath(__file__))
SRT_LATENCY_MS = 120
SEGMENT_SECONDS = 2

# What a sender that cares for its delay makes: x264 without look-ahead and without B-frames.
CODEC = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-threads", "1", "-g", str(GOP),
         "-keyint_min", str(GOP), "-sc_threshold", "0", "-pix_fmt", "yuv420p"]


def film(size="1280x720", sound="aac", bits="2500k", source=1):
    """Its path; it is made where it is not there yet. `source`: in its frame codes."""
    path = os.path.join(FILMS, f"{size}-{sound}-{bits}-{source}.mp4")
    if os.path.exists(path):
        return path
    os.makedirs(FILMS, exist_ok=True)
    print(f"bench: makes {path}", file=sys.stderr, flush=True)
    pictures = subprocess.Popen([f"{BUILD}/tests/framecode", "make", "--source", str(source), "--size", size, "--fps",
                                 str(FPS), "--seconds", str(SECONDS)], stdout=subprocess.PIPE)
    sound_codec = {"aac": ["-c:a", "aac", "-b:a", "96k"], "opus": ["-c:a", "libopus", "-b:a", "64k"]}[sound]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(FPS),
                    "-i", "-", "-f", "lavfi", "-i", f"aevalsrc='{BEEP}|{BEEP}':s=48000:d={SECONDS}", *CODEC,
                    "-x264-params", "repeat-headers=1", "-b:v", bits, "-maxrate", bits, "-bufsize", bits, *sound_codec,
                    path + ".part.mp4"], stdin=pictures.stdout, check=True)
    if pictures.wait():
        raise RuntimeError("the film's pictures could not be drawn")
    os.rename(path + ".part.mp4", path)
    return path


class Stream:
    """One live stream, of a kind below, until its troupe ends. `bursts`: who joins gets the last key frame at once."""

    def __init__(self, troupe, kind, size="1280x720", ppm=0, bits="2500k"):
        self.troupe, self.ppm, self.sender = troupe, ppm, None
        self.url, output, self.sound, self.bursts = None, None, "aac", False
        self.size, self.bits, self.server_input, self.relay = size, bits, None, None
        self.outputs = getattr(self, kind)()
        self.restart()
        if kind == "rtsp":      # its pipeline begins with its first viewer; that is not the one who is measured
            troupe.start("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", self.url, "-c", "copy", "-f", "null",
                         "-")
            time.sleep(4)
        if kind == "hls":
            wait_until(lambda: os.path.exists(self.playlist) and open(self.playlist).read().count(".ts") >= 3,
                       "the third segment")

    def restart(self):
        begin = self.troupe.path(f"begin-{time.monotonic_ns()}")
        pipe = {"stdout": self.server_input} if self.server_input else {}
        self.sender = self.troupe.start(f"{BUILD}/tests/bench_live_sender", film(self.size, self.sound, self.bits),
                                        begin, str(self.ppm), *self.outputs, **pipe)
        try:
            text = wait_until(lambda: os.path.exists(begin) and open(begin).read(), "the sender's first packet")
        except TimeoutError as error:
            raise RuntimeError(f"{error}: {last_words(self.sender)}") from error
        self.begin = float(text)

    def welcome(self):
        """Who comes next finds the server as the one before did."""
        if self.relay:
            stop(self.relay, 1)
            self.start_relay()

    def kill(self):
        self.sender.kill()
        self.sender.wait()

    def clock(self, now):
        """The sender's, in seconds since it began."""
        return (now - self.begin) * (1 + self.ppm / 1e6)

    def delay_ms(self, at, number):
        """From when the sender sent this frame, most lately, to `at`."""
        return 1000 * ((self.clock(at) - number / FPS + 0.05) % SECONDS - 0.05)

    def until_key_frame(self, now):
        """Seconds until the next one is sent."""
        return -self.clock(now) % (GOP / FPS)

    # ---- the kinds: each says its url and what the sender has to send to whom ----

    def rtmp(self):
        port, folder = free_port(), self.troupe.path("nginx")
        os.makedirs(folder, exist_ok=True)
        conf = os.path.join(folder, "nginx.conf")
        with open(conf, "w") as file:
            file.write(f"load_module /usr/lib/nginx/modules/ngx_rtmp_module.so; daemon off; "
                       f"master_process off; pid {folder}/pid; "
                       f"error_log {folder}/error.log; worker_processes 1;\n"
                       + ("user root;\n" if os.geteuid() == 0 else "") +
                       "events { worker_connections 64; }\n"
                       f"rtmp {{ access_log off; server {{ listen 127.0.0.1:{port}; "
                       "application live { live on; wait_key on; } } }\n")
        self.troupe.start("nginx", "-p", folder, "-c", conf)
        wait_until(lambda: os.path.exists(f"{folder}/pid"), "nginx")
        self.url = f"rtmp://127.0.0.1:{port}/live/x"
        return [f"flv,va,flvflags=no_duration_filesize,{self.url}"]

    def http_server(self):
        port = free_port()
        server = self.troupe.start("python3", f"{HERE}/live_server.py", str(port), self.troupe.path("."),
                                   stdin=subprocess.PIPE)
        self.server_input = server.stdin
        return port

    def flv(self):
        self.url, self.bursts = f"http://127.0.0.1:{self.http_server()}/live.flv", True
        return ["flv,va,flvflags=no_duration_filesize,pipe:1"]

    def ts(self):
        self.url = f"udp://127.0.0.1:{free_port()}"
        return [f"mpegts,va,,{self.url}?pkt_size=1316"]

    def srt(self):
        """srt-tools' own relay: who joins, joins in the middle. It has room for one, and sees late that he went."""
        self.port, self.inner = free_port(), free_port()
        self.start_relay()
        self.url = f"srt://127.0.0.1:{self.port}?mode=caller"
        return [f"mpegts,va,,udp://127.0.0.1:{self.inner}?pkt_size=1316"]

    def start_relay(self):
        self.relay = self.troupe.start("srt-live-transmit", "-q", "-chunk:1316", f"udp://127.0.0.1:{self.inner}",
                                       f"srt://127.0.0.1:{self.port}?mode=listener&latency={SRT_LATENCY_MS}")
        time.sleep(0.5)         # it says nothing when it listens

    def rtsp(self):
        port, video, audio = free_port(), free_port(), free_port()
        self.troupe.start("/usr/bin/python3", f"{HERE}/live_rtsp.py", str(port), str(video), str(audio), "1190")
        self.url = f"rtsp://127.0.0.1:{port}/live"
        return [f"rtp,v,payload_type=96,rtp://127.0.0.1:{video}?pkt_size=1200",
                f"rtp,a,payload_type=97,rtp://127.0.0.1:{audio}?pkt_size=1200"]

    def hls(self):
        self.playlist, self.bursts = self.troupe.path("live.m3u8"), True
        self.url = f"http://127.0.0.1:{self.http_server()}/live.m3u8"
        self.server_input = None
        return [f"hls,va,hls_time={SEGMENT_SECONDS}:hls_list_size=4:hls_flags=delete_segments+temp_file,"
                f"{self.playlist}"]

    def whep(self):
        """Janus's Streaming plugin; WHEP is in front of it."""
        self.sound = "opus"
        folder, port, endpoint = self.troupe.path("janus"), free_port(), free_port()
        video, audio = free_port(), free_port()
        write_janus(folder, port, video, audio)
        self.troupe.start("janus", "-F", folder, "-C", f"{folder}/janus.jcfg")
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/janus/info"), "Janus")
        server = self.troupe.start("/usr/bin/python3", f"{HERE}/live_whep.py",
                                   f"http://127.0.0.1:{port}/janus", str(endpoint))
        wait_until(lambda: "ready" in last_words(server), "the WHEP endpoint")
        self.url = f"whep://127.0.0.1:{endpoint}/whep/live"
        return [f"rtp,v,payload_type=96,rtp://127.0.0.1:{video}?pkt_size=1200",
                f"rtp,a,payload_type=97,rtp://127.0.0.1:{audio}?pkt_size=1200"]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return "janus" in json.load(answer)
    except OSError:
        return False


def write_janus(folder, port, video, audio):
    os.makedirs(folder, exist_ok=True)
    files = {
        "janus.jcfg": f'general: {{ configs_folder = "{folder}"  debug_level = 2  daemonize = false }}\n'
                      'plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,'
                      'libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_textroom.so,'
                      'libjanus_videocall.so,libjanus_videoroom.so,libjanus_voicemail.so" }\n'
                      'transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,'
                      'libjanus_rabbitmq.so,libjanus_websockets.so" }\n',
        "janus.transport.http.jcfg": f'general: {{ json = "plain"  base_path = "/janus"  http = true  port = {port}  '
                                     'ip = "127.0.0.1" }\nadmin: { admin_http = false }\n',
        "janus.plugin.streaming.jcfg":
            'general: { }\nlive: { type = "rtp"  id = 1  media = (\n'
            f'{{ type = "video"  mid = "v"  port = {video}  pt = 96  codec = "h264"  '
            'fmtp = "profile-level-id=42e01f;packetization-mode=1" },\n'
            f'{{ type = "audio"  mid = "a"  port = {audio}  pt = 97  codec = "opus" }}) }}\n',
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
