import io.trino.sql.parser.SqlParser;
import java.nio.file.Files;
import java.nio.file.Path;

/** Has Trino's parser read a file of statements: java -cp 'JARS/*' Parse.java FILE */
class Parse {
    public static void main(String[] args) throws Exception {
        int statements = 0;
        for (String sql : Files.readString(Path.of(args[0])).replaceAll("(?m)^--.*\n", "").split(";")) {
            if (!sql.isBlank()) {
                System.out.println(new SqlParser().createStatement(sql).getClass().getSimpleName());
                statements++;
            }
        }
        if (statements == 0) {
            throw new IllegalArgumentException("no statement in " + args[0]);
        }
    }
}
